/**
 * Writes test/matroska/recordings/: for each profile of the simulator, the GetMedia response of a short stream, as
 * bytes for tests in a clone that has no other recordings.
 *
 * npx tsx scripts/make-recordings.ts
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { KinesisVideoService } from '../src/kinesis-video';
import { Simulator, type Profile } from '../src/simulator';

const FOLDER = resolve(__dirname, '..', 'test', 'matroska', 'recordings');
const PROFILES: readonly Profile[] = ['ffmpeg', 'aws-sdk', 'mkvmerge', 'amazon-connect'];
const CHUNKS = 3;

async function record(profile: Profile): Promise<Buffer> {
  const simulator = new Simulator({ seed: 7, idleEndMs: 200 });
  const stream = simulator.addStream({ name: profile, profile, live: false });
  stream.produce(CHUNKS);
  const { endpoint } = await simulator.start();
  const service = new KinesisVideoService({
    region: 'us-west-2',
    credentials: { kind: 'keys', accessKeyId: 'simulator', secretAccessKey: 'simulator' },
    endpoint,
  });
  try {
    const response = await service.getMedia(
      { StreamName: profile },
      { StartSelectorType: 'EARLIEST' },
      new AbortController().signal,
    );
    return await new Promise<Buffer>((resolvePromise, reject) => {
      const slices: Buffer[] = [];
      response.read({
        bytes: (slice) => slices.push(Buffer.from(slice)),
        ended: () => {
          resolvePromise(Buffer.concat(slices));
        },
        failed: reject,
      });
    });
  } finally {
    service.close();
    await simulator.stop();
  }
}

async function main(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  for (const profile of PROFILES) {
    const bytes = await record(profile);
    writeFileSync(join(FOLDER, `${profile}.mkv`), bytes);
    console.log(`${profile}.mkv: ${bytes.length} bytes`);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
