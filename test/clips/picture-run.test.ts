import assert from 'node:assert/strict';
import { IntervalTooShortError, type PictureRequest, type StoredPicture } from '../../src/clips';
import { DecoderError } from '../../src/pictures';
import { ffmpegChildren } from '../pictures/ffmpeg-children';
import { FILMS, filmOf, framesOf, pixelsOf, type ShownFrame } from '../pictures/films';
import type { SimulatedStream } from '../../src/simulator';
import { element, unsigned } from '../../src/simulator/media/ebml-writer';
import { ID } from '../../src/simulator/media/element-ids';
import { ffmpeg, needsFfmpeg, toChunks } from '../convert/streams';
import { block, cluster, header } from '../simulator/matroska';
import { ArchiveRig } from './archive-rig';

const MINUTE = 60_000;

/** When the film begins again, some eight minutes ago. @param pieces fragments of the film */
function beginOfFilm({ fragments }: SimulatedStream, pieces: number): number {
  const at = pieces * Math.floor(fragments.length / pieces / 8);
  return fragments[at]?.ProducerTimestamp ?? assert.fail('no fragment');
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
      const found: { readonly at: number; readonly data: Buffer; readonly md5: string }[] = [];
      for (const at of moments) {
        const { pictures } = await rig.images({ ...png, from: at, to: at + 1 }, stream.name);
        const [picture] = pictures;
        assert.ok(picture && pictures.length === 1, `one picture at ${at - begin} ms`);
        const frame = expected(at) ?? assert.fail();
        assert.equal(Math.round(picture.frameTime), Math.round(begin + frame.time - first));
        assert.deepEqual([picture.at, picture.width, picture.height], [at, 160, 120]);
        found.push({ at: at - begin, data: picture.data, md5: frame.md5 });
      }
      const pixels = pixelsOf(found.map(({ data }) => data));
      assert.deepEqual(
        found.map(({ at }, i) => [at, pixels[i]]),
        found.map(({ at, md5 }) => [at, md5]),
      );
    });
  }

  it('have the size that each frame of M-JPEG says, where it changes within a fragment', async function () {
    needsFfmpeg(this);
    const jpeg = (size: string): Buffer =>
      ffmpeg([
        ...['-f', 'lavfi', '-i', `color=size=${size}:rate=10:duration=0.1`, '-frames:v', '1'],
        ...['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', '-f', 'image2pipe', '-'],
      ]);
    const [small, large] = [jpeg('160x120'), jpeg('320x180')];
    const codec = element(ID.CodecID, Buffer.from('V_MJPEG'));
    const entry = [unsigned(ID.TrackNumber, 1), unsigned(ID.TrackType, 1), codec];
    const clusters = [0, 1_000].map((at) =>
      cluster(at, [block(1, 0, true, small), block(1, 500, false, large), block(1, 900, false, large)]),
    );
    const stream = rig.film(
      Buffer.concat([header([element(ID.TrackEntry, Buffer.concat(entry))]), ...clusters]),
    );
    const from = beginOfFilm(stream, clusters.length);
    const range = { from, to: from + 1_000, intervalMs: 500 };
    const { pictures } = await rig.images({ ...png, ...range }, stream.name);
    assert.deepEqual(
      pictures.map(({ frameTime, width, height }) => [frameTime - from, width, height]),
      [
        [0, 160, 120],
        [500, 320, 180],
      ],
    );
  });

  it('are one for each moment of a range, in their order', async function () {
    needsFfmpeg(this);
    const from = rig.end - 15 * MINUTE;
    for (const intervalMs of [500, 12_000]) {
      const { pictures, result } = await rig.images({ from, to: from + 24 * intervalMs, intervalMs });
      assert.deepEqual(
        pictures.map(({ at }) => at),
        Array.from({ length: 24 }, (_, i) => from + i * intervalMs),
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

  it('are refused where ffmpeg is asked for and there is none', async () => {
    process.env['PATH'] = '';
    const from = rig.end - MINUTE;
    await assert.rejects(
      rig.images({ from, to: from + 1, source: 'ffmpeg' }),
      (error) => error instanceof DecoderError && error.ErrorType === 'NoDecoder',
    );
  });

  it('are those of the part that a stream keeps of a range', async function () {
    needsFfmpeg(this);
    const kept = rig.simulator.addStream({
      ...{ name: 'kept', live: false, profile: 'aws-sdk', prefillMs: 8 * MINUTE, retentionMs: 7 * MINUTE },
    });
    const edge = Date.now() - 7 * MINUTE;
    for (const source of ['ffmpeg', 'GetImages'] as const) {
      const moments = Array.from({ length: 8 }, (_, i) => edge + (i - 4.5) * MINUTE);
      const [from = 0] = moments;
      const range = { from, to: from + 8 * MINUTE, intervalMs: MINUTE, source };
      const { pictures, result } = await rig.images(range, kept.name);
      const times = pictures.map(({ at }) => at);
      assert.ok(times.length >= 1 && times.length <= 3, source);
      assert.deepEqual(times, moments.slice(-times.length));
      assert.equal(result.notRetained?.from, from, source);
      assert.ok(result.notRetained.to <= (times[0] ?? 0), source);
      const beyond = { ...range, to: from + 2 * MINUTE };
      await assert.rejects(rig.images(beyond, kept.name), /retention period/, source);
    }
  });

  describe('by GetImages', () => {
    const byService: Partial<PictureRequest> = { ...png, source: 'GetImages' };

    it('show the frames that ffmpeg shows, also at the beginning and the end of a fragment', async function () {
      needsFfmpeg(this);
      const { ProducerTimestamp: begin = 0 } = rig.stream.fragments.at(-100) ?? assert.fail();
      const { ProducerTimestamp: next = 0 } = rig.stream.fragments.at(-99) ?? assert.fail();
      const form = { as: 'png', width: 160, quality: 80 } as const;
      const found: { readonly here: Buffer; readonly there: Buffer }[] = [];
      for (const from of [begin, begin + 1, begin + 1_234, next - 1]) {
        const [here] = (await rig.images({ form, from, to: from + 1 })).pictures;
        const [there, ...more] = (await rig.images({ ...byService, form, from, to: from + 1 })).pictures;
        assert.ok(here !== undefined && there !== undefined && more.length === 0, `${from - begin} ms`);
        found.push({ here: here.data, there: there.data });
        const { at, frameTime, FragmentNumber, width, height } = there;
        assert.deepEqual([at, frameTime, FragmentNumber], [from, from, here.FragmentNumber]);
        assert.deepEqual([width, height], [160, 90]);
      }
      assert.deepEqual(pixelsOf(found.map(({ there }) => there)), pixelsOf(found.map(({ here }) => here)));
    });

    it('are one for each moment of a range, in their order, on machines without ffmpeg', async () => {
      process.env['PATH'] = '';
      const from = rig.end - 15 * MINUTE + 777;
      for (const intervalMs of [500, 12_000, 150_000]) {
        const count = Math.min(60, Math.floor((14 * MINUTE) / intervalMs));
        const { pictures, result } = await rig.images({ from, to: from + count * intervalMs, intervalMs });
        assert.deepEqual(
          pictures.map(({ at }) => at),
          Array.from({ length: count }, (_, i) => from + i * intervalMs),
        );
        assert.equal(result.without, 0);
        for (const { at, FragmentNumber } of pictures) {
          const shown = rig.stream.fragments.findLast(({ ProducerTimestamp = 0 }) => ProducerTimestamp <= at);
          assert.equal(FragmentNumber, shown?.FragmentNumber);
        }
      }
    });

    it('are left out where nothing is shown', async () => {
      const first = rig.stream.fragments[0]?.ProducerTimestamp ?? 0;
      const none = await rig.images({ ...byService, from: first - 5_000, to: first - 4_999 });
      assert.deepEqual([none.pictures, none.result.without], [[], 1]);
      process.env['PATH'] = '';
      const from = first - 1_500;
      const { pictures, result } = await rig.images({ from, to: first + 2_000, intervalMs: 1_000 });
      assert.deepEqual(
        pictures.map(({ at }) => at - from),
        [2_000, 3_000],
      );
      assert.deepEqual([result.without, result.withoutSpan], [2, { from, to: from + 1_000 }]);
    });

    it('are refused where they lie closer together than the service makes them', async () => {
      const from = rig.end - MINUTE;
      await assert.rejects(
        rig.images({ ...byService, from, to: from + 1_000, intervalMs: 199 }),
        (error) => error instanceof IntervalTooShortError && error.shortestMs === 200,
      );
    });

    it('are those that are pictures, whatever a service answers', async () => {
      process.env['PATH'] = '';
      const from = rig.end - MINUTE;
      const range = { from, to: from + 4_000, intervalMs: 1_000 };
      const [{ data }] = (await rig.images({ from, to: from + 1 })).pictures as [StoredPicture];
      let calls = 0;
      const getImages = () => {
        calls += 1;
        const images = [
          ...[
            {},
            { time: NaN, data },
            { data },
            { time: from - 3_600_000, data },
            { time: from + 1e12, data },
          ],
          { time: from, data: Buffer.from('no picture') },
          ...[from + 1_001, from + 999, from + 1_000].map((time) => ({ time, data })),
        ];
        return Promise.resolve({ images: calls === 1 ? images : [], NextToken: `page ${calls}` });
      };
      const { pictures, result } = await rig.images(range, undefined, undefined, undefined, { getImages });
      assert.deepEqual(
        pictures.map(({ at }) => at - from),
        [1_000],
      );
      assert.equal(result.without, 3);
      assert.ok(calls < 100, `${calls} calls`);
    });
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
