import assert from 'node:assert/strict';
import { createConverter, type Problem } from '../../../src/convert';
import { ID, element, trackEntry, uint } from '../../../testing/matroska-writer';
import { convertAll, typesOf } from '../converted';
import { AVCC, aacEntry, pictures, smallChunk, videoEntry } from '../small-streams';

const SILENT_AAC = Buffer.from('2000000000000e', 'hex');

describe('a track of sound that cannot be converted', () => {
  const SILENT = aacEntry(2, 0, 0);
  function withSound(number: number, sound: readonly { time: number; data: Buffer }[]): Buffer {
    return smallChunk({
      number,
      at: (number - 1) * 1_000,
      tracks: [videoEntry(AVCC), SILENT],
      blocks: [...pictures(25), ...sound.map((block) => ({ ...block, track: 2, key: true }))],
    });
  }

  /** AAC-LC, 48 kHz, 2 channels. */
  function adts(data: Buffer): Buffer {
    const header = Buffer.from('fff14c80000ffc', 'hex');
    const size = data.length + 7;
    header[4] = size >> 3;
    header[5] = ((size & 7) << 5) | 0x1f;
    return Buffer.concat([header, data]);
  }

  const told = (problems: readonly Problem[]) => problems.map(({ ErrorType, action }) => [ErrorType, action]);

  for (const to of ['mp4', 'mkv'] as const) {
    const convert = (chunks: readonly Buffer[]) =>
      convertAll(chunks, createConverter(to, { tracks: [], intervalMs: 0 }));

    it(`is left out and reported once: AAC that nothing describes, in ${to}`, () => {
      const chunks = [1, 2, 3].map((number) => withSound(number, [{ time: 0, data: SILENT_AAC }]));
      const { media, problems } = convert(chunks);
      assert.deepEqual(told(problems), [['InvalidCodecData', 'ignore']]);
      const { key, data } = problems[0]?.statement ?? assert.fail();
      assert.deepEqual([key, data['track']], ['conversion.leftOut', '2 (A_AAC)']);
      assert.deepEqual(
        media.map(({ format }) => format.frames),
        [undefined, 25, 25, 25],
      );
    });

    it(`is left out and reported once: AAC that never has a frame, in ${to}`, () => {
      const { media, problems } = convert([1, 2, 3].map((number) => withSound(number, [])));
      assert.deepEqual(told(problems), [['InvalidCodecData', 'ignore']]);
      assert.equal(media.length, 4);
    });

    it(`is left out and reported once: Opus without OpusHead, in ${to}`, () => {
      const opus = trackEntry(2, uint(ID.TrackType, 2), element(ID.CodecID, 'A_OPUS'));
      const chunks = [1, 2].map((number) =>
        smallChunk({
          number,
          at: number * 1_000,
          tracks: [opus, videoEntry(AVCC)],
          blocks: [...pictures(25), { track: 2, time: 0, data: Buffer.from('fc00', 'hex'), key: true }],
        }),
      );
      const { media, problems } = convert(chunks);
      assert.deepEqual(told(problems), [['InvalidCodecData', 'ignore']]);
      assert.equal(media.length, 3);
    });

    it(`joins with a new file when it can: AAC whose headers begin later, in ${to}`, () => {
      const chunks = [
        withSound(1, [{ time: 0, data: SILENT_AAC }]),
        withSound(2, [{ time: 0, data: adts(SILENT_AAC) }]),
        withSound(3, []),
        withSound(4, [{ time: 0, data: adts(SILENT_AAC) }]),
      ];
      const { media, problems } = convert(chunks);
      assert.deepEqual(typesOf(problems), ['InvalidCodecData', 'TracksChanged']);
      assert.deepEqual(
        media.map(({ format }) => (format.init ? 'init' : format.reset ? 'reset' : format.frames)),
        ['init', 25, 'reset', 'init', 26, 25, 26],
      );
    });
  }

  it('loses the frames that it cannot be made of, and stays in the file', () => {
    const good = (number: number): Buffer =>
      smallChunk({
        number,
        at: number * 1_000,
        tracks: [videoEntry(AVCC), aacEntry(2, 48_000, 2, Buffer.from('1190', 'hex'))],
        blocks: [
          ...(number === 2
            ? [{ time: 0, data: Buffer.from('neither lengths nor start codes'), key: true }]
            : pictures(25)),
          { track: 2, time: 0, data: SILENT_AAC, key: true },
        ],
      });
    const { media, problems } = convertAll(
      [1, 2, 3, 4].map(good),
      createConverter('mp4', { tracks: [], intervalMs: 0 }),
    );
    assert.deepEqual(told(problems), [['InvalidFrame', 'ignore']]);
    assert.deepEqual(
      media.map(({ format }) => [format.frames, format.discontinuity]),
      [
        [undefined, undefined],
        [26, undefined],
        [1, undefined],
        [26, true],
        [26, undefined],
      ],
    );
  });

  it('takes no other sound with it, as ADTS', () => {
    const chunk = (number: number): Buffer =>
      smallChunk({
        number,
        at: number * 1_000,
        tracks: [SILENT, aacEntry(3, 48_000, 2, Buffer.from('1190', 'hex'))],
        blocks: [2, 3].map((track) => ({ track, time: 0, data: SILENT_AAC, key: true })),
      });
    const { media, problems } = convertAll(
      [1, 2].map(chunk),
      createConverter('adts', { tracks: [], intervalMs: 0 }),
    );
    assert.deepEqual(told(problems), [['InvalidCodecData', 'ignore']]);
    assert.deepEqual(
      media.map(({ format }) => format.track?.number),
      [3, 3],
    );
  });

  it('is described by what it declares, and the picture beside it as ever', () => {
    const { media, problems } = convertAll(
      [1, 2].map((number) => withSound(number, [{ time: 0, data: SILENT_AAC }])),
      createConverter('info', { tracks: [], intervalMs: 0 }),
    );
    assert.deepEqual(told(problems), [['InvalidCodecData', 'ignore']]);
    assert.deepEqual(
      media.map(({ description }) => description?.tracks.map(({ codec }) => codec)),
      [1, 2].map(() => ['avc1.42c00d', 'A_AAC']),
    );
  });
});

describe('what statements call a track', () => {
  it('is short, and text that a terminal can show', () => {
    const track = trackEntry(
      1,
      uint(ID.TrackType, 1),
      element(ID.Name, `\u001b[2J${'n'.repeat(4_000)}`),
      element(ID.CodecID, 'V_\u001b]0;evil\u0007'),
    );
    const bytes = smallChunk({ number: 1, at: 0, tracks: [track], blocks: pictures(2) });
    const { problems } = convertAll([bytes], createConverter('mp4', { tracks: [], intervalMs: 0 }));
    const label = problems[0]?.statement.data['tracks'];
    assert.ok(typeof label === 'string');
    assert.match(label, /\(\\u001b\[2Jn+…, V_\\u001b\]0;evil\\u0007\)/i);
    assert.ok(label.length < 500);
  });
});
