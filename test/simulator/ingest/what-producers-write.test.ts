import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readRecording } from '../../../src/simulator';
import { demux } from '../../../src/simulator/media/demuxer';
import { children, content, elements, type Element } from '../../../src/simulator/media/ebml-reader';
import { element, text, unsigned } from '../../../src/simulator/media/ebml-writer';
import { ID } from '../../../src/simulator/media/element-ids';
import { frameKind } from '../../../src/simulator/media/frame-kind';
import type { SourceTrack } from '../../../src/simulator/media/tracks';
import { h265Encoder } from '../../../testing/h265-encoder';
import { block, cluster, header, second, track } from '../matroska';
import { TestProducer } from '../producer';
import type { Rig } from '../rig';
import { withSimulator } from '../rig';
import { skip } from '../../../testing/skip';

const FIRST = { StartSelectorType: 'EARLIEST' } as const;
const VOID = element(ID.Void, Buffer.alloc(300));
const pushUrl = ({ simulator }: Rig, name = 'camera') => `${simulator.endpoint}/streams/${name}`;

const AVCC = Buffer.from('0164001fffe10000', 'hex');
const HVCC = Buffer.concat([Buffer.of(1), Buffer.alloc(20), Buffer.of(0x0f), Buffer.of(0)]);

/** NAL units as Matroska has them: each after its length. */
const nals = (...units: string[]): Buffer =>
  Buffer.concat(
    units.map((unit) => {
      const bytes = Buffer.from(unit, 'hex');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return Buffer.concat([length, bytes]);
    }),
  );
const annexB = (...units: string[]): Buffer =>
  Buffer.concat(units.map((unit) => Buffer.from(`00000001${unit}`, 'hex')));

function videoTrack(codecId: string, codecPrivate: Buffer): Buffer {
  return element(
    ID.TrackEntry,
    Buffer.concat([
      ...[unsigned(ID.TrackNumber, 1), unsigned(ID.TrackType, 1), text(ID.CodecID, codecId)],
      element(ID.CodecPrivate, codecPrivate),
    ]),
  );
}

const AVC = 'V_MPEG4/ISO/AVC';
const HEVC = 'V_MPEGH/ISO/HEVC';
const IDR = nals('6588840a');
const DELTA = nals('419a2233');

async function received(rig: Rig, media: Buffer, name = 'camera'): Promise<(number | undefined)[]> {
  const producer = new TestProducer(pushUrl(rig, name));
  await producer.finish(media);
  assert.equal(producer.statusCode, 200, producer.body);
  assert.deepEqual(producer.of('ERROR'), []);
  return producer.of('RECEIVED').map(({ FragmentTimecode }) => FragmentTimecode);
}

/** 4 s of 25 pictures a second, one key frame in each second, with the container's flag as `flag` has it. */
function picturesOf(key: Buffer, delta: Buffer, flag: (index: number) => boolean): Buffer {
  const blocks = Array.from({ length: 100 }, (_, index) =>
    block(1, index * 40, flag(index), index % 25 === 0 ? key : delta),
  );
  return cluster(0, blocks);
}

describe('simulator: what producers write', () => {
  it('passes over a Void before and after the Segment', async () => {
    const segment = header();
    const children = Buffer.concat([
      segment.subarray(segment.indexOf('01ffffffffffffff', 'hex') + 8),
      second(0),
    ]);
    const ebml = segment.subarray(0, segment.indexOf('18538067', 'hex'));
    const file = Buffer.concat([VOID, ebml, VOID, element(ID.Segment, children), VOID]);
    assert.equal(demux(file).blocks.length, 25);
    await withSimulator({}, async (rig) => {
      assert.deepEqual(await received(rig, file), [0]);
      const twice = Buffer.concat([file, file]);
      assert.deepEqual(await received(rig, twice, 'twice'), [0, 0]);
    });
  });

  it('plays a file whose Tracks come after its Clusters', async () => {
    const whole = header();
    const tracks = whole.indexOf('1654ae6b', 'hex');
    const file = Buffer.concat([whole.subarray(0, tracks), second(0), second(1000), whole.subarray(tracks)]);
    await withSimulator(
      { streams: [{ name: 'door', source: { bytes: file }, live: false }] },
      async (rig) => {
        rig.simulator.streams.get('door')?.produce(2);
        const chunks = readRecording(await rig.read('door', FIRST)) ?? [];
        assert.deepEqual(
          chunks.map(({ bytes }) => demux(bytes).blocks.length),
          [25, 25],
        );
        assert.deepEqual(
          chunks.map(({ bytes }) => demux(bytes).tracks.map(({ codecId }) => codecId)),
          [['V_VP8'], ['V_VP8']],
        );
      },
    );
  });

  it('cuts at key frames whatever a tick is, and keeps the times of blocks, durations and references', async () => {
    const scale = 10_000;
    const ticks = (ms: number): number => (ms * 1e6) / scale;
    const clusters = Array.from({ length: 25 }, (_, index) => {
      const blocks = [0, 40, 80, 120].map((ms, place) =>
        block(1, ticks(ms), index % 12 === 0 && place === 0),
      );
      const inner = Buffer.concat([Buffer.of(0x81), Buffer.alloc(2), Buffer.of(0), Buffer.from('group')]);
      inner.writeInt16BE(ticks(150), 1);
      const group = element(
        ID.BlockGroup,
        Buffer.concat([
          element(ID.Block, inner),
          unsigned(ID.BlockDuration, ticks(10)),
          element(ID.ReferenceBlock, Buffer.from('f448', 'hex')),
        ]),
      );
      return cluster(ticks(index * 160), [...blocks, group]);
    });
    await withSimulator({}, async (rig) => {
      const media = Buffer.concat([header([track(1)], scale), ...clusters]);
      assert.deepEqual(await received(rig, media), [0, 1920, 3840]);
      const chunks = readRecording(await rig.read('camera', FIRST)) ?? [];
      const blocks = chunks.flatMap(({ bytes }) => demux(bytes).blocks);
      assert.deepEqual(
        blocks.map(({ timeMs }) => timeMs),
        Array.from({ length: 25 }, (_, index) => [0, 40, 80, 120, 150].map((ms) => index * 160 + ms)).flat(),
      );
      assert.deepEqual([...new Set(blocks.map(({ durationMs }) => durationMs))], [undefined, 10]);
      // -3000 ticks of 10 µs.
      assert.ok(chunks[0]?.bytes.includes(Buffer.from('fb84ffffffe2', 'hex')));
    });
  });

  it('lets the sessions of one producer overlap as it changes over, and takes no third', async () => {
    await withSimulator({}, async (rig) => {
      const [former, next] = [new TestProducer(pushUrl(rig)), new TestProducer(pushUrl(rig))];
      await former.send(Buffer.concat([header(), second(0)]));
      await former.until('BUFFERING');
      await next.send(Buffer.concat([header(), second(0, 'next'), second(1000, 'next')]));
      await next.until('RECEIVED');
      const third = new TestProducer(pushUrl(rig));
      await third.finish(Buffer.concat([header(), second(0)]));
      assert.equal(third.statusCode, 400);
      await former.finish(second(1000));
      await next.finish(second(2000, 'next'));
      const taken = [former, next].map((producer) => producer.of('PERSISTED').length);
      assert.deepEqual(taken, [2, 3]);
      const chunks = readRecording(await rig.read('camera', FIRST)) ?? [];
      const numbers = chunks.map(({ FragmentNumber = '' }) => BigInt(FragmentNumber));
      assert.equal(numbers.length, 5);
      assert.deepEqual(
        numbers,
        [...numbers].sort((a, b) => (a < b ? -1 : 1)),
      );
      assert.equal(chunks.filter(({ bytes }) => bytes.includes('next')).length, 3);
      assert.ok(rig.simulator.streams.get('camera')?.connected === false);
    });
  });

  for (const profile of ['ffmpeg', 'mkvmerge'] as const) {
    it(`says in each chunk of a file how long the chunk is (${profile})`, async () => {
      await withSimulator({ streams: [{ name: 'door', profile, live: false }] }, async (rig) => {
        const produced = rig.simulator.streams.get('door')?.produce(6) ?? [];
        const chunks = readRecording(await rig.read('door', FIRST)) ?? [];
        assert.deepEqual(
          chunks.map(({ bytes }) => durationIn(bytes)),
          produced.map(({ durationMs }) => durationMs),
        );
        assert.equal(chunks.length, 6);
      });
    });
  }
});

/** The Duration in a chunk's header, found without the code that writes it. */
function durationIn(bytes: Buffer): number | undefined {
  const inside = (parent: Element | undefined, id: number) =>
    parent === undefined ? undefined : [...children(bytes, parent)].find((item) => item.id === id);
  const segment = [...elements(bytes, 0, bytes.length)].find(({ id }) => id === ID.Segment);
  const duration = inside(inside(segment, ID.Info), ID.Duration);
  const value = duration === undefined ? undefined : content(bytes, duration);
  return value?.length === 8 ? value.readDoubleBE() : value?.readFloatBE();
}

describe('simulator: key frames', () => {
  for (const [what, flag] of [
    ['none', () => false],
    ['all', () => true],
    ['the wrong ones', (index: number) => index % 25 === 7],
  ] as const) {
    it(`cuts H.264 at IDR pictures where a muxer flags ${what}`, async () => {
      const media = Buffer.concat([header([videoTrack(AVC, AVCC)]), picturesOf(IDR, DELTA, flag)]);
      assert.deepEqual(await withFile(media), [0, 1000, 2000, 3000], 'a file');
      await withSimulator({}, async (rig) => {
        assert.deepEqual(await received(rig, media), [0, 1000, 2000, 3000], 'a push');
      });
    });
  }

  it('keeps parameter sets in blocks of their own with the picture that follows, and slices with theirs', async () => {
    const blocks = Array.from({ length: 75 }, (_, index) => {
      const ms = index * 40;
      const sets =
        index % 25 === 0 ? [block(1, ms, true, nals('6764001f')), block(1, ms, true, nals('68ee3c80'))] : [];
      // Parameter sets are repeated before other pictures too.
      const repeated = index % 25 === 13 ? [block(1, ms, true, nals('6764001f'))] : [];
      const picture = index % 25 === 0 ? [IDR, IDR] : [DELTA, DELTA];
      return [...sets, ...repeated, ...picture.map((slice) => block(1, ms, true, slice))];
    }).flat();
    const media = Buffer.concat([header([videoTrack(AVC, AVCC)]), cluster(0, blocks)]);
    assert.deepEqual(await withFile(media), [0, 1000, 2000]);
    await withSimulator({}, async (rig) => {
      assert.deepEqual(await received(rig, media), [0, 1000, 2000]);
      for (const { bytes } of readRecording(await rig.read('camera', FIRST)) ?? []) {
        assert.equal(demux(bytes).blocks.length, 53);
        assert.ok(demux(bytes).blocks[0]?.frame.includes(Buffer.from('6764001f', 'hex')));
      }
    });
  });

  const track264: SourceTrack = {
    number: 1,
    type: 'video',
    codecId: AVC,
    codecPrivate: AVCC,
    encoded: false,
  };
  const bare264: SourceTrack = { number: 1, type: 'video', codecId: AVC, encoded: false };
  const track265: SourceTrack = { ...track264, codecId: HEVC, codecPrivate: HVCC };
  const old265: SourceTrack = { ...track265, codecPrivate: Buffer.concat([Buffer.of(0), HVCC.subarray(1)]) };
  const kinds: readonly (readonly [what: string, track: SourceTrack, frame: Buffer, kind: string])[] = [
    ['an IDR picture', track264, nals('09f0', '6764001f', '68ee3c80', '6588840a'), 'key'],
    ['another picture', track264, nals('09f0', '419a2233'), 'other'],
    ['a recovery point', track264, nals('0605022233', '0601012280', '060601c480', '419a2233'), 'key'],
    [
      'a recovery point after a long message',
      track264,
      nals(`0605ff01${'11'.repeat(256)}060184`, '419a22'),
      'key',
    ],
    ['a message that is none', track264, nals('0605022233', '419a2233'), 'other'],
    ['a message of a length that is not there', track264, nals('0605ffffffff', '419a2233'), 'other'],
    ['parameter sets alone', track264, nals('6764001f', '68ee3c80'), 'lead'],
    ['a recovery point alone', track264, nals('060601c480'), 'recovery'],
    ['start codes', bare264, annexB('09f0', '6764001f', '6588840a'), 'key'],
    ['start codes and another picture', bare264, annexB('09f0', '419a2233'), 'other'],
    [
      'start codes in the configuration',
      { ...track264, codecPrivate: annexB('6764001f') },
      annexB('6588840a'),
      'key',
    ],
    ['an IDR picture of H.265', track265, nals('40010c01', '42010101', '4401c1', '2601af'), 'key'],
    ['a CRA picture of H.265', track265, nals('2a01af'), 'key'],
    ['another picture of H.265', track265, nals('0201d0'), 'other'],
    ['a recovery point of H.265', track265, nals('4e01060180', '0201d0'), 'key'],
    ['H.265 with a configuration of version 0', old265, nals('2601af'), 'key'],
    ['bytes that are no NAL units', track264, Buffer.from('ffffffffff', 'hex'), 'other'],
    ['nothing', track264, Buffer.alloc(0), 'other'],
    ['compressed frames', { ...track264, encoded: true }, IDR, 'other'],
    ['another codec', { ...track264, codecId: 'V_VP8' }, IDR, 'other'],
  ];
  for (const [what, of, frame, kind] of kinds) {
    it(`takes ${what} for ${kind === 'key' ? 'a key frame' : `"${kind}"`}`, () => {
      assert.equal(frameKind(of, { frame, laced: false, keyframe: false }), kind);
    });
  }

  const x264 = (...options: string[]): string[] => ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', ...options];
  for (const [what, encoder] of [
    ['H.264', x264()],
    ['H.264 with open groups of pictures', x264('-x264-params', 'open-gop=1:bframes=2')],
    ['H.264 without IDR pictures after the first', x264('-x264-params', 'intra-refresh=1')],
    ['H.265 with open groups of pictures', h265Encoder('open-gop=1', 'keyint=25')],
  ] as const) {
    it(`finds the key frames of ${what} where ffmpeg does`, function () {
      const made = spawnSync(
        'ffmpeg',
        [
          ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=25:duration=4'],
          ...[...encoder, '-g', '25', '-f', 'matroska', '-'],
        ],
        { maxBuffer: 16 * 1024 * 1024 },
      );
      if (made.error !== undefined || made.status !== 0) {
        skip(this, 'no ffmpeg with its encoder');
      }
      const { blocks, tracks } = demux(made.stdout);
      assert.ok(blocks.filter(({ keyframe }) => keyframe).length >= 4);
      for (const block of blocks) {
        const kind = frameKind(tracks[0], { ...block, keyframe: false });
        assert.equal(kind, block.keyframe ? 'key' : 'other', `at ${block.timeMs} ms`);
      }
    });
  }

  it('believes the flag where NAL units cannot be told', () => {
    assert.equal(frameKind(track264, { frame: IDR, laced: true, keyframe: true }), 'key');
    assert.equal(
      frameKind({ ...track264, encoded: true }, { frame: DELTA, laced: false, keyframe: true }),
      'key',
    );
    assert.equal(frameKind(undefined, { frame: DELTA, laced: false, keyframe: true }), 'key');
  });
});

/** When the fragments of a file begin that the simulator plays once, ms. */
async function withFile(bytes: Buffer): Promise<(number | undefined)[]> {
  const begin: (number | undefined)[] = [];
  await withSimulator({ streams: [{ name: 'file', source: { bytes }, live: false }] }, (rig) => {
    const stream = rig.simulator.streams.get('file');
    for (let left = demux(bytes).blocks.length; left > 0;) {
      const chunk = stream?.produce()[0]?.chunk() ?? Buffer.alloc(0);
      const { blocks } = demux(chunk);
      begin.push(blocks[0]?.timeMs);
      left -= blocks.length;
    }
    return Promise.resolve();
  });
  return begin;
}
