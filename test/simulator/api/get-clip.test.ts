import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Readable } from 'node:stream';
import { GetClipCommand } from '@aws-sdk/client-kinesis-video-archived-media';
import { demux } from '../../../src/simulator/media';
import type { Fragment } from '../../../src/simulator';
import { skip } from '../../../testing/skip';
import { film } from '../../convert/streams';
import { collect, failure, withSimulator, type Rig, type RigOptions } from '../rig';

const NAME = 'cam';
const MINUTE = 60_000;
/** Small pictures of 2.5 MB each, filled up; a key frame every 2 s. */
const LARGE_PICTURES = [
  ...[
    '-f',
    'lavfi',
    '-i',
    'testsrc2=size=96x64:rate=2:duration=4',
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
  ],
  ...['-g', '4', '-keyint_min', '4', '-bf', '0', '-pix_fmt', 'yuv420p', '-x264-params', 'nal-hrd=cbr'],
  ...['-b:v', '40M', '-maxrate', '40M', '-minrate', '40M', '-bufsize', '20M'],
];
const haveFfmpeg = ['ffmpeg', 'ffprobe'].every((name) => spawnSync(name, ['-version']).error === undefined);

/** A rig with ten minutes of media. */
async function withPast(
  options: RigOptions,
  test: (rig: Rig, stored: readonly Fragment[]) => Promise<void>,
): Promise<void> {
  const streams = [{ name: NAME, live: false, recordedMs: 10 * MINUTE }];
  await withSimulator({ streams, realTime: true, ...options }, async (rig) => {
    await test(rig, [...(rig.simulator.streams.get(NAME)?.stored() ?? [])]);
  });
}

const beginOf = (fragment: Fragment | undefined) => fragment?.ProducerTimestamp ?? 0;

async function clip(
  rig: Rig,
  from: number,
  to: number,
): Promise<{ type: string | undefined; bytes: Buffer }> {
  const client = await rig.archived(NAME, 'GET_CLIP');
  const { ContentType, Payload } = await client.send(
    new GetClipCommand({
      StreamName: NAME,
      ClipFragmentSelector: {
        FragmentSelectorType: 'PRODUCER_TIMESTAMP',
        TimestampRange: { StartTimestamp: new Date(from), EndTimestamp: new Date(to) },
      },
    }),
  );
  return { type: ContentType, bytes: await collect(Payload as Readable) };
}

/** Pictures in an MP4. @throws if ffprobe complains */
function pictures(bytes: Buffer): number {
  const shown = [
    '-v',
    'error',
    '-count_packets',
    '-select_streams',
    'v',
    '-show_entries',
    'stream=nb_read_packets',
  ];
  const { stdout, stderr } = spawnSync('ffprobe', [...shown, '-of', 'csv=p=0', 'pipe:0'], { input: bytes });
  assert.equal(stderr.toString(), '');
  return Number(stdout.toString());
}

const picturesIn = (fragments: readonly Fragment[]) =>
  fragments.flatMap((fragment) => demux(fragment.chunk()).blocks).filter(({ track }) => track === 1).length;

describe('the simulator: GetClip', () => {
  let path: string | undefined;
  beforeEach(() => {
    path = process.env['PATH'];
  });
  afterEach(() => {
    process.env['PATH'] = path;
  });

  it('makes one MP4 of the fragments that begin in the range, its index first', async function () {
    if (!haveFfmpeg) {
      skip(this, 'no ffmpeg');
    }
    await withPast({}, async (rig, stored) => {
      const [from, to] = [beginOf(stored.at(-30)), beginOf(stored.at(-20))];
      const whole = await clip(rig, from, to);
      assert.equal(whole.type, 'video/mp4');
      assert.ok(whole.bytes.indexOf('moov') < whole.bytes.indexOf('mdat'));
      assert.equal(whole.bytes.indexOf('moof'), -1);
      assert.equal(pictures(whole.bytes), picturesIn(stored.slice(-30, -19)));
      const late = await clip(rig, from + 1, to);
      assert.equal(pictures(late.bytes), picturesIn(stored.slice(-29, -19)), 'the first is left out');
    });
    const left = () =>
      readdirSync(tmpdir()).filter((name) => name.startsWith(`kvs-simulator-${process.pid}-`));
    // A file is removed after it is sent.
    while (left().length > 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  it('leaves out what is beyond 200 fragments, and says nothing', async function () {
    if (!haveFfmpeg) {
      skip(this, 'no ffmpeg');
    }
    await withPast({}, async (rig, stored) => {
      const { bytes } = await clip(rig, beginOf(stored.at(-250)), beginOf(stored.at(-1)));
      assert.equal(pictures(bytes), picturesIn(stored.slice(-250, -50)));
    });
  });

  it('leaves out what is beyond 100 MB, and says nothing', async function () {
    if (!haveFfmpeg) {
      skip(this, 'no ffmpeg');
    }
    const bytes = film(...LARGE_PICTURES);
    const streams = [{ name: NAME, live: false, recordedMs: 2 * MINUTE, source: { bytes } }];
    await withPast({ streams }, async (rig, stored) => {
      // Each has 10 MB and a little more, so the tenth goes beyond.
      const made = await clip(rig, beginOf(stored.at(-20)), beginOf(stored.at(-1)));
      assert.equal(pictures(made.bytes), picturesIn(stored.slice(-20, -11)));
    });
  });

  it('refuses what the service refuses', async () => {
    await withPast({}, async (rig, stored) => {
      const at = beginOf(stored.at(-30));
      const refused = async (from: number, to: number) => {
        const { name, message } = await failure(clip(rig, from, to));
        return `${name}: ${message}`;
      };
      assert.match(await refused(at + 1, at + 2), /^ResourceNotFound.*No fragments found.*GetClip request/);
      assert.match(await refused(at - 24 * 60 * MINUTE - 1, at), /^InvalidArgument.*within 24 hours/);
      assert.match(await refused(at, at - 1), /^InvalidArgument.*must not be after/);
    });
    const streams = [{ name: NAME, live: false, retentionMs: 0 }];
    await withSimulator({ streams }, async (rig) => {
      const { name } = await failure(clip(rig, rig.clock.now() - MINUTE, rig.clock.now()));
      assert.equal(name, 'NoDataRetentionException');
    });
  });

  it('says that it needs ffmpeg where there is none', async () => {
    await withPast({}, async (rig, stored) => {
      process.env['PATH'] = '';
      const error = await failure(clip(rig, beginOf(stored.at(-30)), beginOf(stored.at(-20))));
      assert.equal(error.name, 'NotImplementedException');
      assert.equal(error.statusCode, 501);
      assert.match(error.message, /needs ffmpeg/);
    });
  });
});
