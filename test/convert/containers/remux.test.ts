import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createConverter } from '../../../src/convert';
import { cases, PROPERTY_SEED } from '../../../testing/properties';
import { convertAll, only } from '../converted';
import { recut } from '../recut';
import { assertSameTimes, film, hashedPackets, needsFfmpeg, type Times } from '../streams';

interface Source {
  readonly rate: number;
  readonly gop: number;
  readonly bFrames: number;
  readonly slices: number;
  readonly sound: 'none' | 'aac' | 'libopus';
}

const SOURCES = fc.record<Source>({
  rate: fc.constantFrom(10, 24, 25, 30),
  gop: fc.integer({ min: 3, max: 40 }),
  bFrames: fc.integer({ min: 0, max: 4 }),
  slices: fc.integer({ min: 1, max: 3 }),
  sound: fc.constantFrom('none', 'aac', 'libopus'),
});
const SECONDS = 3;

function encode({ rate, gop, bFrames, slices, sound }: Source): Buffer {
  return film(
    ...['-f', 'lavfi', '-i', `testsrc2=size=96x64:rate=${rate}:duration=${SECONDS}`],
    ...(sound === 'none'
      ? []
      : ['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${SECONDS}`, '-c:a', sound]),
    ...[
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-threads',
      '1',
      '-bf',
      String(bFrames),
      '-b_strategy',
      '0',
    ],
    ...['-g', String(gop), '-keyint_min', '1', '-slices', String(slices), '-pix_fmt', 'yuv420p'],
  );
}

const timesOf = ({ video, audio }: ReturnType<typeof hashedPackets>): Times => ({
  video: video.map(({ time }) => time),
  audio: audio.map(({ time }) => time),
});

describe('streams of any structure, cut into chunks anywhere', () => {
  it(`become files with the frames and times of the film that ffmpeg made (seed ${PROPERTY_SEED})`, function () {
    needsFfmpeg(this);
    const { numRuns, seed } = cases(3);
    for (const source of fc.sample(SOURCES, { numRuns, seed })) {
      const input = encode(source);
      const expected = hashedPackets(input);
      const cuts = fc.record({
        startMs: fc.integer({ min: 0, max: 2 ** 41 }),
        cut: fc.infiniteStream(fc.boolean()),
      });
      fc.assert(
        fc.property(cuts, fc.constantFrom('mp4' as const, 'mkv' as const), ({ startMs, cut }, to) => {
          const chunks = recut(input, startMs, () => cut.next().value === true);
          const { files, problems } = convertAll(chunks, createConverter(to, { tracks: [], intervalMs: 0 }));
          assert.deepEqual(problems, []);
          const actual = hashedPackets(only(files));
          for (const kind of ['video', 'audio'] as const) {
            const hashes = (of: typeof actual): string[] => of[kind].map(({ hash }) => hash);
            assert.deepEqual(hashes(actual), hashes(expected), JSON.stringify(source));
          }
          // Rounding to ms may make a hole of 1 ms at a cut, which the first picture after it closes.
          assertSameTimes(timesOf(actual), timesOf(expected), 2.01);
        }),
        { numRuns: 4, seed, endOnFailure: true },
      );
    }
  });
});
