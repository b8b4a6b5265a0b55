import assert from 'node:assert/strict';
import { createConverter, type Converted } from '../../../src/convert';
import { convertAll, formats, ofTrack, only, typesOf, withLengths } from '../converted';
import { aacEntry, connectEntry, smallChunk, type Block } from '../small-streams';
import { assertDecodes, ffmpeg, needsFfmpeg } from '../streams';

const OPTIONS = { tracks: [], intervalMs: 0 };
const FROM = 'AUDIO_FROM_CUSTOMER';
const TO = 'AUDIO_TO_CUSTOMER';
const BLOCK_MS = 64;
const BYTES_PER_MS = 16;
const START = 1_580_000_000_000;

/** A voice: samples that differ from one another and from the other voice. */
function voice(ms: number, seed: number): Buffer {
  const samples = Buffer.alloc(ms * BYTES_PER_MS);
  for (let i = 0; i < samples.length / 2; i++) {
    samples.writeInt16LE(Math.round(20_000 * Math.sin((i * seed) / 40)), i * 2);
  }
  return samples;
}

interface Call {
  readonly contact: string;
  readonly from: Buffer;
  readonly to: Buffer;
  readonly at?: number;
  /** Blocks that never arrive: track name and number of the block. */
  readonly lost?: (name: string, block: number) => boolean;
}

/** As Amazon Connect sends a call: 1 s a fragment, track numbers that are swapped, tags that are missing now and then. */
function call({ contact, from, to, at = START, lost = () => false }: Call): Buffer[] {
  const blocksPerFragment = 16;
  const blocks = Math.max(from.length, to.length) / (BLOCK_MS * BYTES_PER_MS);
  return Array.from({ length: Math.ceil(blocks / blocksPerFragment) }, (_, fragment) => {
    const first = fragment * blocksPerFragment;
    const swapped = fragment % 3 === 2;
    const voices = [
      { name: FROM, samples: from, track: swapped ? 2 : 1 },
      { name: TO, samples: to, track: swapped ? 1 : 2 },
    ];
    const tracks = voices
      .slice()
      .sort((a, b) => a.track - b.track)
      .map(({ track, name }) => connectEntry(track, name));
    const data = Array.from({ length: blocksPerFragment }, (_unused, i): Block[] =>
      voices.flatMap(({ name, samples, track }) => {
        const bytes = samples.subarray((first + i) * 1024, (first + i + 1) * 1024);
        return bytes.length === 0 || lost(name, first + i)
          ? []
          : [{ track, time: i * BLOCK_MS, data: bytes }];
      }),
    );
    return smallChunk({
      number: fragment + 1,
      at: at + first * BLOCK_MS,
      tracks,
      blocks: data.flat(),
      ...(fragment % 4 === 1
        ? {}
        : {
            tags: [
              ['ContactId', contact],
              ['MimeType', 'audio/L16;rate=8000;channels=1'],
              [TO, '1'],
              [FROM, '2'],
            ],
          }),
    });
  });
}

function fileOf(media: readonly Converted[]): Buffer {
  return Buffer.concat(media.map(({ data }) => data));
}

describe('a call of Amazon Connect', () => {
  const from = voice(8_192, 3);
  const to = voice(8_192, 7);

  it('becomes two WAV files whose samples are those of the call', function () {
    const { media, problems } = convertAll(
      call({ contact: 'one', from, to }),
      createConverter('wav', OPTIONS),
    );
    assert.deepEqual(problems, []);
    for (const [name, samples] of [
      [FROM, from],
      [TO, to],
    ] as const) {
      const pieces = ofTrack(media, name);
      assert.equal(pieces.filter(({ format }) => format.init === true).length, 1);
      assert.equal(pieces[0]?.format.init, true);
      const file = fileOf(pieces);
      assert.ok(file.subarray(44).equals(samples));
    }
    needsFfmpeg(this);
    const file = withLengths(fileOf(ofTrack(media, FROM)));
    assertDecodes(file);
    assert.ok(ffmpeg(['-f', 'wav', '-i', 'pipe:0', '-f', 's16le', '-'], file).equals(from));
  });

  it('has silence where blocks are missing, so that both voices stay in time', () => {
    const lost = (name: string, block: number): boolean =>
      (name === FROM && block >= 20 && block < 25) || (name === TO && block < 10);
    const { media, problems } = convertAll(
      call({ contact: 'one', from, to, lost }),
      createConverter('pcm', OPTIONS),
    );
    assert.deepEqual(problems, []);
    const heard = (samples: Buffer, first: number, end: number): Buffer => {
      const copy = Buffer.from(samples);
      return copy.fill(0, first * 1024, end * 1024);
    };
    assert.ok(fileOf(ofTrack(media, FROM)).equals(heard(from, 20, 25)));
    assert.ok(fileOf(ofTrack(media, TO)).equals(heard(to, 0, 10)));
    const silence = formats(ofTrack(media, FROM)).reduce((sum, { silenceMs = 0 }) => sum + silenceMs, 0);
    assert.equal(silence, 5 * BLOCK_MS);
  });

  it('takes uneven time stamps for what they are', () => {
    const uneven = call({ contact: 'one', from, to }).map((bytes, i) => {
      const copy = Buffer.from(bytes);
      // The producer's clock is up to 30 ms off.
      const at = copy.indexOf('AWS_KINESISVIDEO_PRODUCER_TIMESTAMP');
      const digits = copy.indexOf('.', at) + 1;
      const ms = Number(copy.toString('latin1', digits, digits + 3));
      copy.write(String(Math.min(999, ms + (i % 2) * 30)).padStart(3, '0'), digits, 'latin1');
      return copy;
    });
    const { media } = convertAll(uneven, createConverter('pcm', OPTIONS));
    assert.ok(fileOf(ofTrack(media, FROM)).equals(from));
  });

  it('begins another file with another call in the same stream', () => {
    const other = voice(2_048, 11);
    const chunks = [
      ...call({ contact: 'one', from, to }),
      ...call({ contact: 'two', from: other, to: other, at: START + 60_000 }),
    ];
    const { media } = convertAll(chunks, createConverter('wav', OPTIONS));
    const pieces = ofTrack(media, FROM);
    const begins = pieces.map(({ format }, i) => (format.init === true ? i : -1)).filter((i) => i >= 0);
    assert.equal(begins.length, 2);
    assert.ok(fileOf(pieces.slice(begins[1])).subarray(44).equals(other));
  });

  it('can be taken by the name of a track', () => {
    const { media } = convertAll(
      call({ contact: 'one', from, to }),
      createConverter('wav', { ...OPTIONS, tracks: [TO] }),
    );
    assert.equal(media.length, ofTrack(media, TO).length);
    assert.ok(fileOf(media).subarray(44).equals(to));
  });

  it('plays as Matroska, which names the codec that it has', function () {
    needsFfmpeg(this);
    const { files, problems } = convertAll(
      call({ contact: 'one', from, to }),
      createConverter('mkv', { ...OPTIONS, tracks: [FROM] }),
    );
    assert.deepEqual(typesOf(problems), []);
    assertDecodes(only(files));
    assert.ok(ffmpeg(['-f', 'matroska', '-i', 'pipe:0', '-f', 's16le', '-'], only(files)).equals(from));
  });

  it('says that a gap is too long for silence', () => {
    const chunks = [
      ...call({ contact: 'one', from, to }),
      ...call({ contact: 'one', from, to, at: START + 3_600_000 }),
    ];
    const { media, problems } = convertAll(chunks, createConverter('pcm', OPTIONS));
    assert.deepEqual(typesOf(problems), ['GapNotFilled', 'GapNotFilled']);
    assert.ok(fileOf(ofTrack(media, FROM)).equals(Buffer.concat([from, from])));
    assert.equal(formats(media).filter(({ discontinuity }) => discontinuity === true).length, 2);
  });

  it('is recognised without tags and without names by the bytes of its frames', () => {
    const blocks = Array.from({ length: 8 }, (_, i) => ({
      track: 1,
      time: i * BLOCK_MS,
      data: from.subarray(i * 1024, (i + 1) * 1024),
    }));
    const bytes = smallChunk({ number: 1, at: START, tracks: [connectEntry(1, '')], blocks });
    const { media, problems } = convertAll([bytes], createConverter('pcm', OPTIONS));
    assert.deepEqual(problems, []);
    assert.ok(fileOf(media).equals(from.subarray(0, 8 * 1024)));
  });
});

describe('AAC', () => {
  const frame = Buffer.from('2000000000000e', 'hex');
  const config = Buffer.from('1190', 'hex');
  const frames = (from: number, count: number, data: Buffer = frame): Block[] =>
    Array.from({ length: count }, (_, i) => ({ track: 2, time: Math.round((from + i) * 21.333), data }));

  it('that is missing is silence, which decodes', function () {
    const bytes = smallChunk({
      number: 1,
      at: START,
      tracks: [aacEntry(2, 48_000, 2, config)],
      blocks: [...frames(0, 10), ...frames(40, 10)],
    });
    const { media, problems } = convertAll([bytes], createConverter('adts', OPTIONS));
    assert.deepEqual(problems, []);
    assert.equal(media[0]?.data.length, 50 * (7 + frame.length));
    needsFfmpeg(this);
    assertDecodes(media[0].data, '-f', 'aac');
    const mono = smallChunk({
      number: 1,
      at: START,
      tracks: [aacEntry(2, 48_000, 1, Buffer.from('1188', 'hex'))],
      blocks: [
        ...frames(0, 10, Buffer.from('00000007', 'hex')),
        ...frames(40, 10, Buffer.from('00000007', 'hex')),
      ],
    });
    const { data } = only(convertAll([mono], createConverter('adts', OPTIONS)).media);
    const sound = ffmpeg(['-f', 'aac', '-i', 'pipe:0', '-f', 's16le', '-'], data);
    assert.equal(sound.length, 50 * 1024 * 2);
    assert.ok(sound.every((byte) => byte === 0));
  });

  it('may come with ADTS headers and without codec private data', () => {
    const plain = convertAll(
      [smallChunk({ number: 1, at: START, tracks: [aacEntry(2, 48_000, 2, config)], blocks: frames(0, 5) })],
      createConverter('adts', OPTIONS),
    );
    const adts = only(plain.media).data;
    const headed = adts.subarray(0, 7 + frame.length);
    const bytes = smallChunk({
      number: 1,
      at: START,
      tracks: [aacEntry(2, 48_000, 2)],
      blocks: frames(0, 5, headed),
    });
    assert.deepEqual(only(convertAll([bytes], createConverter('adts', OPTIONS)).media).data, adts);
    const mp4 = convertAll([bytes], createConverter('mp4', OPTIONS));
    assert.ok(
      mp4.media[1]?.data
        .subarray(-5 * frame.length)
        .equals(Buffer.concat(Array.from({ length: 5 }, () => frame))),
    );
    assert.equal(mp4.media[0]?.format.mimeType, 'audio/mp4; codecs="mp4a.40.2"');
  });
});
