import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { createConverter } from '../../src/convert';
import { TARGETS, type Target } from '../../src/options';
import { runs } from './boxes';
import { ID, element, float, trackEntry, uint } from '../../testing/matroska-writer';
import { convertAll, only, typesOf } from './converted';
import {
  AVCC,
  aacEntry,
  connectEntry,
  lengthPrefixed,
  pictures,
  slice,
  smallChunk,
  videoEntry,
} from './small-streams';

const OPTIONS = { tracks: [], intervalMs: 0 };
const VIDEO_TARGETS = ['mp4', 'mkv', 'annexb', 'info'] as const satisfies Target[];

function good(number: number, at: number): Buffer {
  return smallChunk({ number, at, tracks: [videoEntry(AVCC)], blocks: pictures(3) });
}

/** What is wrong, and the chunk that it is wrong with. */
const BAD: readonly (readonly [what: string, ErrorType: string, bytes: Buffer])[] = [
  ['no Matroska at all', 'MalformedMedia', Buffer.from('GIF89a, and then some')],
  ['nothing', 'MalformedMedia', Buffer.alloc(0)],
  [
    'frames that are neither AVCC nor Annex B',
    'InvalidFrame',
    smallChunk({
      number: 2,
      at: 120,
      tracks: [videoEntry(AVCC)],
      blocks: [...pictures(2), { time: 80, data: Buffer.from('rubbish, rubbish') }],
    }),
  ],
  [
    'a parameter set that ends too early',
    'InvalidCodecData',
    smallChunk({
      number: 2,
      at: 120,
      tracks: [videoEntry(Buffer.concat([AVCC.subarray(0, 12), Buffer.from('000000', 'hex')]))],
      blocks: pictures(3),
    }),
  ],
  [
    'codec private data that is none',
    'InvalidCodecData',
    smallChunk({ number: 2, at: 120, tracks: [videoEntry(Buffer.from('hello'))], blocks: pictures(3) }),
  ],
];

describe('what cannot be converted', () => {
  for (const to of VIDEO_TARGETS) {
    for (const [what, ErrorType, bytes] of BAD) {
      it(`is named, and conversion to ${to} goes on: ${what}`, () => {
        const { media, problems } = convertAll(
          [good(1, 0), bytes, good(3, 240)],
          createConverter(to, OPTIONS),
        );
        assert.deepEqual(typesOf(problems), [ErrorType]);
        assert.equal(problems[0]?.action, 'skip');
        const after = media.filter(({ chunk }) => chunk.FragmentNumber === '3');
        assert.equal(after.length, 1);
        if (to !== 'info') {
          assert.equal(after[0]?.format.discontinuity, true);
        }
      });
    }

    it(`is reported once where it lies in the stream, to ${to}: no parameter sets, however`, () => {
      const without = (number: number): Buffer =>
        smallChunk({ number, at: number * 120, tracks: [videoEntry(undefined)], blocks: pictures(3) });
      const { problems } = convertAll([without(1), without(2)], createConverter(to, OPTIONS));
      assert.deepEqual(typesOf(problems), ['InvalidCodecData', 'InvalidCodecData']);
      assert.deepEqual(
        problems.map(({ chunk }) => chunk.FragmentNumber),
        ['1', '2'],
      );
    });
  }

  it('is named: a codec that is not known', () => {
    const odd = (number: number): Buffer =>
      smallChunk({
        number,
        at: number * 120,
        tracks: [videoEntry(undefined, 'V_THEORA')],
        blocks: pictures(3),
      });
    for (const to of TARGETS.filter((target) => target !== 'mkv' && target !== 'info')) {
      const { media, problems } = convertAll([odd(1), odd(2)], createConverter(to, OPTIONS));
      assert.deepEqual(media, [], to);
      assert.deepEqual(typesOf(problems), ['UnsupportedCodec'], to);
      assert.equal(problems[0]?.statement.data['tracks'], '1 (V_THEORA)');
    }
  });

  it('is named: a track that was asked for and is not there', () => {
    const converter = createConverter('mp4', { tracks: ['audio'], intervalMs: 0 });
    assert.deepEqual(typesOf(convertAll([good(1, 0), good(2, 120)], converter).problems), ['NoSuchTrack']);
  });

  it('is what comes before the first key frame, of which there is told', () => {
    const late = smallChunk({
      number: 1,
      at: 0,
      tracks: [videoEntry(AVCC)],
      blocks: [0, 1, 2, 3].map((i) => ({
        time: i * 40,
        data: lengthPrefixed([slice(i === 2, i)]),
        key: i === 2,
      })),
    });
    const never = smallChunk({
      number: 0,
      at: 0,
      tracks: [videoEntry(AVCC)],
      blocks: [{ time: 0, data: lengthPrefixed([slice(false, 0)]) }],
    });
    for (const to of ['mp4', 'mkv', 'annexb'] as const) {
      const { media, problems } = convertAll([never, late], createConverter(to, OPTIONS));
      assert.deepEqual(
        problems.map(({ ErrorType, action }) => [ErrorType, action]),
        [
          ['MissingKeyFrame', 'skip'],
          ['MissingKeyFrame', 'ignore'],
        ],
      );
      assert.equal(media.at(-1)?.format.frames, 2);
    }
  });

  it('is the end of a chunk that breaks off; its whole frames are converted', () => {
    const bytes = good(1, 0);
    const lastFrame = bytes.lastIndexOf(slice(false, 2));
    const { media, problems } = convertAll(
      [bytes.subarray(0, lastFrame + 5)],
      createConverter('mp4', OPTIONS),
    );
    assert.deepEqual(
      problems.map(({ ErrorType, action }) => [ErrorType, action]),
      [['TruncatedChunk', 'ignore']],
    );
    assert.equal(only(runs(media[1]?.data ?? Buffer.alloc(0))).samples.length, 2);
  });

  it('is not a Matroska file from elsewhere, which has no closing tags', () => {
    const bytes = good(1, 0);
    const whole = bytes.subarray(
      0,
      bytes.indexOf(Buffer.from('1254c367', 'hex'), bytes.indexOf(slice(false, 2))),
    );
    assert.deepEqual(createConverter('mp4', OPTIONS).convert(whole).problems, []);
  });

  it('never throws, whatever the bytes, and never stops what comes behind', () => {
    const seed = [good(1, 0), good(2, 120)];
    const sound = smallChunk({
      number: 2,
      at: 120,
      tracks: [videoEntry(AVCC), aacEntry(2, 48_000, 2, Buffer.from('1190', 'hex'))],
      blocks: [...pictures(3), { track: 2, time: 5, data: Buffer.from('21004900', 'hex') }],
    });
    const pcm = smallChunk({
      number: 2,
      at: 120,
      tracks: [
        trackEntry(
          2,
          uint(ID.TrackType, 2),
          element(ID.CodecID, 'A_PCM/INT/BIG'),
          element(ID.Audio, float(ID.SamplingFrequency, 8_000), uint(ID.Channels, 1), uint(ID.BitDepth, 24)),
        ),
        connectEntry(3, 'AUDIO_TO_CUSTOMER'),
      ],
      blocks: [2, 3].map((track) => ({ track, time: 5, data: Buffer.alloc(48, track) })),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...TARGETS),
        fc.constantFrom(...seed, sound, pcm),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.option(fc.nat()),
        (to, bytes, changes, cutAt) => {
          const converter = createConverter(to, OPTIONS);
          const damaged = Buffer.from(bytes);
          for (const [at, value] of changes) {
            damaged[at % damaged.length] = value;
          }
          converter.convert(good(1, 0));
          converter.convert(cutAt === null ? damaged : damaged.subarray(0, cutAt % damaged.length));
          const { media } = converter.convert(good(9, 100_000));
          if (to === 'mp4' || to === 'mkv' || to === 'annexb' || to === 'info') {
            assert.ok(media.length > 0);
          }
        },
      ),
      { numRuns: 1_000, verbose: true },
    );
  });
});
