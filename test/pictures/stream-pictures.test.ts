import assert from 'node:assert/strict';
import { StreamPictures, type PictureForm, type PictureMedia, type StreamPicture } from '../../src/pictures';
import type { Problem } from '../../src/convert';
import { VirtualClock } from '../../testing/virtual-clock';
import { needsFfmpeg, toChunks } from '../convert/streams';
import { filmOf, framesOf, md5Of, videoOf } from './films';

const RGB: PictureForm = { as: 'rgb24', width: 0, quality: 80 };

interface Rig {
  readonly stream: StreamPictures<number>;
  readonly pictures: StreamPicture<number>[];
  readonly problems: Problem[];
  readonly clock: VirtualClock;
}

function rigOf(intervalMs: number, dropLate = false, tracks: readonly string[] = []): Rig {
  const pictures: StreamPicture<number>[] = [];
  const problems: Problem[] = [];
  const clock = new VirtualClock();
  const stream = new StreamPictures<number>(
    { form: RGB, intervalMs, tracks, dropLate, clock },
    {
      picture: (picture) => pictures.push(picture),
      problem: (problem) => problems.push(problem),
    },
  );
  return { stream, pictures, problems, clock };
}

async function run(rig: Rig, media: readonly PictureMedia[]): Promise<void> {
  for (const [i, one] of media.entries()) {
    await rig.stream.take(one, i);
  }
  await rig.stream.end();
}

/** The first of each period. */
function due(times: readonly number[], intervalMs: number): number[] {
  const [first = 0] = times;
  const periods = new Map<number, number>();
  for (const time of [...times].sort((a, b) => a - b)) {
    const period = Math.floor((time - first + Math.min(5, intervalMs / 10)) / intervalMs);
    periods.set(period, periods.get(period) ?? time);
  }
  return [...periods.values()];
}

describe('pictures of a stream, one of each period', function () {
  before(function () {
    needsFfmpeg(this);
  });

  for (const name of [
    'H.264 with B-frames',
    'H.264 with B-frames and a variable frame rate',
    'H.264 without B-frames',
    'H.265',
    'M-JPEG',
    'VP9',
  ]) {
    it(`are those of the frames at their own times, whole chunks of ${name}`, async function () {
      needsFfmpeg(this);
      const matroska = filmOf(name);
      const chunks = toChunks(matroska);
      const begin = videoOf(chunks)[0]?.begin ?? 0;
      const source = framesOf(matroska);
      const first = source[0]?.time ?? 0;
      const md5s = new Map(source.map(({ time, md5 }) => [time - first, md5]));
      for (const intervalMs of [0, 100, 700]) {
        const rig = rigOf(intervalMs);
        await run(rig, chunks);
        assert.deepEqual(rig.problems, []);
        const times = [...md5s.keys()];
        assert.deepEqual(
          rig.pictures.map(({ item }) => Math.round(item.frameTime - begin)),
          intervalMs === 0 ? times : due(times, intervalMs),
        );
        for (const { item, data } of rig.pictures) {
          assert.equal(md5Of(data), md5s.get(Math.round(item.frameTime - begin)));
        }
      }
    });
  }
});
