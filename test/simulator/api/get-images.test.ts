import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { GetImagesCommand, type GetImagesCommandInput } from '@aws-sdk/client-kinesis-video-archived-media';
import { ID } from '../../../src/simulator/media/element-ids';
import { element, text, unsigned } from '../../../src/simulator/media/ebml-writer';
import { skip } from '../../../testing/skip';
import { block, cluster, header } from '../matroska';
import { failure, withSimulator, type Rig, type RigOptions } from '../rig';

const NAME = 'cam';
const MINUTE = 60_000;
const haveFfmpeg = spawnSync('ffmpeg', ['-version']).error === undefined;

/** A frame that only says when it is shown. */
const jpeg = (ms: number) => Buffer.concat([Buffer.of(0xff, 0xd8), Buffer.from(`frame at ${ms}`)]);

/** Ten seconds of M-JPEG, five frames a second; each second is a fragment. */
const MOTION_JPEG = Buffer.concat([
  header([
    element(
      ID.TrackEntry,
      Buffer.concat([unsigned(ID.TrackNumber, 1), unsigned(ID.TrackType, 1), text(ID.CodecID, 'V_MJPEG')]),
    ),
  ]),
  ...Array.from({ length: 10 }, (_, second) =>
    cluster(
      second * 1000,
      [0, 200, 400, 600, 800].map((ms) => block(1, ms, ms === 0, jpeg(1000 * second + ms))),
    ),
  ),
]);

const motionJpeg = { name: NAME, live: false, recordedMs: 10 * MINUTE, source: { bytes: MOTION_JPEG } };

async function withStream(
  { streams = [motionJpeg], ...options }: RigOptions,
  test: (rig: Rig, begins: readonly number[]) => Promise<void>,
): Promise<void> {
  await withSimulator({ streams, ...options }, async (rig) => {
    const stored = [...(rig.simulator.streams.get(NAME)?.stored() ?? [])];
    await test(
      rig,
      stored.map(({ ProducerTimestamp = 0 }) => ProducerTimestamp),
    );
  });
}

async function images(rig: Rig, from: number, to: number, more: Partial<GetImagesCommandInput> = {}) {
  const client = await rig.archived(more.StreamName ?? NAME, 'GET_IMAGES');
  return client.send(
    new GetImagesCommand({
      ...{ StreamName: NAME, ImageSelectorType: 'PRODUCER_TIMESTAMP', Format: 'JPEG' },
      ...{ StartTimestamp: new Date(from), EndTimestamp: new Date(to) },
      ...more,
    }),
  );
}

const contentOf = ({ ImageContent = '' }: { readonly ImageContent?: string | undefined }) =>
  Buffer.from(ImageContent, 'base64').subarray(2).toString();

describe('the simulator: GetImages', () => {
  it('returns M-JPEG frames as they are, the last one shown at each time', async () => {
    await withStream({}, async (rig, begins) => {
      const at = begins.at(-30) ?? 0;
      const { Images = [] } = await images(rig, at, at + 2000, { SamplingInterval: 500 });
      assert.deepEqual(
        Images.map(({ TimeStamp }) => (TimeStamp?.getTime() ?? 0) - at),
        [0, 500, 1000, 1500, 2000],
      );
      const shown = Images.map((image) => Number(/^frame at (\d+)$/.exec(contentOf(image))?.[1]));
      assert.deepEqual(
        shown.map((ms) => ms % 1000),
        [0, 400, 0, 400, 0],
      );
    });
  });

  it('leaves out the fragment that contains the start: NO_MEDIA until the next one begins', async () => {
    await withStream({}, async (rig, begins) => {
      const at = begins.at(-30) ?? 0;
      const { Images = [] } = await images(rig, at + 100, at + 1500, { SamplingInterval: 500 });
      assert.deepEqual(
        Images.map(({ Error }) => Error),
        ['NO_MEDIA', 'NO_MEDIA', undefined],
      );
    });
  });

  it('gives 25 images a page, and continues with the token of the same request', async () => {
    await withStream({}, async (rig, begins) => {
      const at = begins.at(-30) ?? 0;
      const request = { SamplingInterval: 200, MaxResults: 100 };
      const first = await images(rig, at, at + 6000, request);
      assert.equal(first.Images?.length, 25);
      const second = await images(rig, at, at + 6000, { ...request, NextToken: first.NextToken });
      assert.equal(second.Images?.length, 6);
      assert.equal(second.NextToken, undefined);
      assert.equal(second.Images[0]?.TimeStamp?.getTime(), at + 5000);
      const other = images(rig, at, at + 6001, { ...request, NextToken: first.NextToken });
      assert.match((await failure(other)).message, /NextToken is not valid/);
    });
  });

  it('refuses what the service refuses', async () => {
    const none = { name: 'none', live: false, prefillMs: MINUTE, retentionMs: 0 };
    await withStream({ streams: [motionJpeg, none] }, async (rig) => {
      const now = rig.clock.now();
      const invalid = 'InvalidArgumentException';
      for (const [from, more, name, message] of [
        [-301_000, {}, invalid, /300 seconds/],
        [-1000, { SamplingInterval: 199 }, invalid, /SamplingInterval/],
        [-1000, { MaxResults: 101 }, invalid, /MaxResults/],
        [-1000, { Format: 'GIF' as 'PNG' }, invalid, /Format must be one of JPEG, PNG/],
        [-1000, { FormatConfig: { JPEGQuality: '101' } }, invalid, /JPEGQuality/],
        [-1000, { WidthPixels: 64 }, 'ValidationException', /HeightPixels/],
        [-1000, { StreamName: 'none' }, 'NoDataRetentionException', /retains no data/],
        [-1000, { EndTimestamp: new Date(now - 2000) }, invalid, /must not be after/],
      ] as const) {
        const error = await failure(images(rig, now + from, now, more));
        assert.equal(error.name, name);
        assert.match(error.message, message);
      }
      const old = await failure(images(rig, now - 90 * MINUTE, now - 89 * MINUTE));
      assert.match(old.message, /outside of the stream retention period/);
    });
  });

  it('costs 400 points of metadata beside one for each image', async () => {
    await withStream({ metadataPointsPerSecond: 900 }, async (rig) => {
      const now = rig.clock.now();
      await images(rig, now - 1000, now, { MaxResults: 100 });
      const error = await failure(images(rig, now - 1000, now, { MaxResults: 1 }));
      assert.equal(error.name, 'ClientLimitExceededException');
    });
  });

  it('fails on demand', async () => {
    await withStream({}, async (rig) => {
      rig.simulator.faults.add({
        ...{ kind: 'http-error', operation: 'GetImages', ErrorType: 'InternalFailure', statusCode: 500 },
      });
      const now = rig.clock.now();
      assert.equal((await failure(images(rig, now - 1000, now))).name, 'InternalFailure');
    });
  });

  it('decodes other pictures with ffmpeg, in the format and size that are asked for', async function () {
    if (!haveFfmpeg) {
      skip(this, 'no ffmpeg');
    }
    this.timeout(120_000);
    await withStream({ streams: [{ name: NAME, live: false, recordedMs: MINUTE }] }, async (rig, begins) => {
      const at = begins.at(-5) ?? 0;
      const picture = async (more: Partial<GetImagesCommandInput>) => {
        const { Images } = await images(rig, at, at + 100, more);
        return Buffer.from(Images?.[0]?.ImageContent ?? '', 'base64');
      };
      const png = await picture({ Format: 'PNG', HeightPixels: 36, WidthPixels: 50 });
      assert.deepEqual(
        [png.toString('latin1', 1, 4), png.readUInt32BE(16), png.readUInt32BE(20)],
        ['PNG', 50, 36],
      );
      const found = await picture({});
      assert.equal(found.readUInt16BE(0), 0xffd8);
      assert.ok(found.length > 1000, `${found.length} bytes`);
    });
  });

  it('returns a small picture of the format where there is no ffmpeg', async () => {
    const { PATH = '' } = process.env;
    process.env['PATH'] = '/nonexistent';
    try {
      const streams = [{ name: NAME, live: false, recordedMs: MINUTE }];
      await withStream({ streams }, async (rig, begins) => {
        const at = begins.at(-5) ?? 0;
        const { Images } = await images(rig, at, at + 100, { Format: 'PNG' });
        const png = Buffer.from(Images?.[0]?.ImageContent ?? '', 'base64');
        assert.deepEqual([png.toString('latin1', 1, 4), png.readUInt32BE(16)], ['PNG', 16]);
      });
    } finally {
      process.env['PATH'] = PATH;
    }
  });
});
