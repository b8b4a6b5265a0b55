import assert from 'node:assert/strict';
import type { PictureRequest } from '../../src/clips';
import { DecoderError } from '../../src/pictures';
import { ffmpegChildren } from '../pictures/ffmpeg-children';
import { FILMS, filmOf, framesOf, md5Of, type ShownFrame } from '../pictures/films';
import type { SimulatedStream } from '../../src/simulator';
import { ffmpeg, needsFfmpeg, toChunks } from '../convert/streams';
import { ArchiveRig } from './archive-rig';

const MINUTE = 60_000;

/** When the film begins again, some eight minutes ago. @param pieces fragments of the film */
function beginOfFilm({ fragments }: SimulatedStream, pieces: number): number {
  const at = pieces * Math.floor(fragments.length / pieces / 8);
  return fragments[at]?.ProducerTimestamp ?? assert.fail('no fragment');
}

/** PNG keeps every pixel. */
function pixelsOf(png: Buffer): string {
  return md5Of(ffmpeg(['-f', 'png_pipe', '-i', 'pipe:0', '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'], png));
}

describe('pictures of stored media', function () {
  this.timeout(120_000);
  const rig = new ArchiveRig(20 * MINUTE);
  let path: string | undefined;

  before(async () => {
    await rig.start();
  });
  after(async () => {
    await rig.stop();
  });
  beforeEach(() => {
    path = process.env['PATH'];
  });
  afterEach(() => {
    process.env['PATH'] = path;
  });

  const png: Partial<PictureRequest> = { form: { as: 'png', width: 0, quality: 80 } };

  for (const name of Object.keys(FILMS)) {
    it(`show the last frame at each moment of ${name}, and say its time`, async function () {
      needsFfmpeg(this);
      const film = filmOf(name);
      const stream = rig.film(film);
      const shown = framesOf(film);
      const first = shown[0]?.time ?? 0;
      const begin = beginOfFilm(stream, toChunks(film).length);
      const expected = (moment: number): ShownFrame | undefined =>
        shown.findLast(({ time }) => Math.round(begin + time - first) <= moment);
      const moments = [begin, begin + 1, begin + 39, begin + 40, begin + 1_999, begin + 2_345, begin + 3_500];
      for (const at of moments) {
        const { pictures } = await rig.images({ ...png, from: at, to: at + 1 }, stream.name);
        const [picture] = pictures;
        assert.ok(picture && pictures.length === 1, `one picture at ${at - begin} ms`);
        const frame = expected(at) ?? assert.fail();
        assert.equal(Math.round(picture.frameTime), Math.round(begin + frame.time - first));
        assert.equal(pixelsOf(picture.data), frame.md5, `the frame at ${at - begin} ms`);
        assert.deepEqual([picture.at, picture.width, picture.height], [at, 160, 120]);
      }
    });
  }

  it('are one for each moment of a range, in their order', async function () {
    needsFfmpeg(this);
    const from = rig.end - 15 * MINUTE;
    for (const intervalMs of [500, 12_000]) {
      const { pictures, result } = await rig.images({ from, to: from + 60 * intervalMs, intervalMs });
      assert.deepEqual(
        pictures.map(({ at }) => at),
        Array.from({ length: 60 }, (_, i) => from + i * intervalMs),
      );
      assert.ok(pictures.every(({ at, frameTime }) => frameTime <= at && at - frameTime < 1_000));
      assert.equal(result.without, 0);
    }
  });

  it('are none where nothing is shown yet', async function () {
    needsFfmpeg(this);
    const first = rig.stream.fragments[0]?.ProducerTimestamp ?? 0;
    const found: number[] = [];
    for (const at of [first - 5_000, first - 1, first]) {
      const { pictures, result } = await rig.images({ from: at, to: at + 1 });
      found.push(pictures.length);
      assert.equal(result.without, 1 - pictures.length);
    }
    assert.deepEqual(found, [0, 0, 1]);
  });

  it('are left out in a gap, and come again after it', async function () {
    needsFfmpeg(this);
    const stream = rig.simulator.addStream({
      ...{ name: 'gap', live: false, profile: 'aws-sdk', recordedMs: 12 * MINUTE },
      recordedGaps: [{ beginsAgoMs: 8 * MINUTE, lengthMs: MINUTE }],
    });
    const middle = Math.round(Date.now() - 7.5 * MINUTE);
    const none = await rig.images({ from: middle, to: middle + 1 }, stream.name);
    assert.deepEqual([none.pictures.length, none.result.without], [0, 1]);
    for (const intervalMs of [5_000, 20_000]) {
      const half = Math.ceil(MINUTE / 2 / intervalMs + 2) * intervalMs;
      const range = { from: middle - half, to: middle + half, intervalMs };
      const { pictures, result } = await rig.images(range, stream.name);
      const shown = pictures.map(({ at }) => at);
      const moments = Array.from({ length: (2 * half) / intervalMs }, (_, i) => range.from + i * intervalMs);
      const missing = moments.filter((at) => !shown.includes(at));
      assert.deepEqual(
        shown,
        moments.filter((at) => !missing.includes(at)),
      );
      assert.ok(pictures.every(({ at, frameTime }) => frameTime <= at && at - frameTime < 1_000));
      // Fragments that begin in the gap are missing, whole.
      assert.ok(Math.abs(missing.length * intervalMs - MINUTE) <= 2 * intervalMs);
      assert.deepEqual([shown.at(0), shown.at(-1)], [moments.at(0), moments.at(-1)]);
      const [first = 0] = missing;
      assert.equal((missing.at(-1) ?? 0) - first, (missing.length - 1) * intervalMs, 'one gap');
      assert.deepEqual(
        [result.without, result.withoutSpan],
        [missing.length, { from: first, to: missing.at(-1) }],
      );
    }
  });

  it('are refused where there is no ffmpeg', async () => {
    process.env['PATH'] = '';
    const from = rig.end - MINUTE;
    await assert.rejects(
      rig.images({ from, to: from + 1 }),
      (error) => error instanceof DecoderError && error.ErrorType === 'NoDecoder',
    );
  });

  it('leave no process', async function () {
    needsFfmpeg(this);
    if (process.platform !== 'linux') {
      this.skip();
    }
    const from = rig.end - 10 * MINUTE;
    const abort = new AbortController();
    await assert.rejects(
      rig.images({ from, to: from + MINUTE, intervalMs: 100 }, undefined, abort.signal, () => {
        abort.abort(new Error('enough'));
      }),
      /enough/,
    );
    for (let look = 0; ffmpegChildren().length > 0 && look < 1_000; look++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(ffmpegChildren(), []);
  });
});
