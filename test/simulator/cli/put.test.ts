import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { KinesisVideoService } from '../../../src/kinesis-video';
import { SAMPLE_FILE, Simulator, readRecording } from '../../../src/simulator';
import { PutError, putMatroska } from '../../../src/simulator/cli/put-matroska';
import { VirtualClock } from '../../../testing/virtual-clock';
import { header, second } from '../matroska';
import { REPOSITORY, fragmentNumbers } from '../rig';
import { skip } from '../../../testing/skip';

/** As it is published: compiled here for each start, it would take three times as long to start. */
const CLI = path.join(REPOSITORY, 'dist', 'src', 'simulator', 'cli', 'kvs-simulator.js');
/** How often a test looks whether a program has come further, ms. */
const LOOK_EVERY_MS = 20;
const have = (tool: string, flag = '-version') => spawnSync(tool, [flag]).status === 0;

interface Frame {
  readonly stream: number;
  readonly time: string;
  readonly key: boolean;
  readonly hash: string;
}

/** The frames of Matroska as ffprobe sees them. */
function frames(bytes: Buffer): Frame[] {
  const { stdout, status, stderr } = spawnSync(
    'ffprobe',
    [
      ...['-v', 'error', '-show_data_hash', 'md5'],
      ...['-show_entries', 'packet=stream_index,pts_time,flags,data_hash', '-of', 'json', '-'],
    ],
    { input: bytes, encoding: 'utf8', maxBuffer: 1e9 },
  );
  assert.equal(status, 0, stderr);
  const { packets } = JSON.parse(stdout) as {
    packets: { stream_index: number; pts_time: string; flags: string; data_hash: string }[];
  };
  return packets.map(({ stream_index, pts_time, flags, data_hash }) => ({
    stream: stream_index,
    time: pts_time,
    key: flags.startsWith('K'),
    hash: data_hash,
  }));
}

/** The frames of each chunk of a response by itself. */
function framesByChunk(body: Buffer): Frame[][] {
  return (readRecording(body) ?? []).map(({ bytes }) => frames(bytes));
}

describe('simulator: your own camera or file', () => {
  const ends: (() => void | Promise<void>)[] = [];
  const children: ChildProcess[] = [];
  let directory = '';

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'kvs-put-'));
    ends.push(() => {
      rmSync(directory, { recursive: true });
    });
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.kill('SIGKILL');
    }
    for (const end of ends.splice(0).reverse()) {
      await end();
    }
  });

  const start = async (options: ConstructorParameters<typeof Simulator>[0] = {}): Promise<Simulator> => {
    const simulator = new Simulator({ idleEndMs: 200, callsPerSecond: 1000, ...options });
    await simulator.start();
    ends.push(() => simulator.stop());
    return simulator;
  };
  const read = async (simulator: Simulator, StreamName: string): Promise<Buffer> => {
    const service = new KinesisVideoService({
      region: 'us-east-1',
      credentials: { kind: 'keys', accessKeyId: 'simulator', secretAccessKey: 'simulator' },
      endpoint: simulator.endpoint,
    });
    ends.push(() => {
      service.close();
    });
    const media = await service.getMedia(
      { StreamName },
      { StartSelectorType: 'EARLIEST' },
      new AbortController().signal,
    );
    return new Promise((resolve, reject) => {
      const parts: Buffer[] = [];
      media.read({
        bytes: (slice) => parts.push(Buffer.from(slice)),
        ended: () => {
          resolve(Buffer.concat(parts));
        },
        failed: reject,
      });
    });
  };
  const program = (command: string, args: readonly string[]) => {
    const child = spawn(command, args, { cwd: REPOSITORY, stdio: ['pipe', 'pipe', 'pipe'] });
    children.push(child);
    const result = { child, output: '', errors: '', exited: Promise.resolve<number | null>(null) };
    child.stdout.on('data', (data: Buffer) => (result.output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (result.errors += data.toString()));
    result.exited = once(child, 'close').then(([code]) => code as number | null);
    return result;
  };
  const put = (...args: string[]) => program(process.execPath, [CLI, 'put', ...args]);

  describe('by ffmpeg and curl', function () {
    // A program is started for every chunk.
    this.timeout(120_000);

    const encodings: [what: string, args: string[], cut: string, aligned: boolean][] = [
      [
        'H.264 and AAC as ffmpeg writes them',
        ['-c:v', 'libx264', '-g', '50', '-c:a', 'aac'],
        'key-frames',
        true,
      ],
      ['B-frames', ['-c:v', 'libx264', '-bf', '3', '-g', '50', '-c:a', 'aac'], 'key-frames', true],
      [
        'Clusters of 200 ms',
        ['-c:v', 'libx264', '-g', '50', '-c:a', 'aac', '-cluster_time_limit', '200'],
        'key-frames',
        true,
      ],
      ['M-JPEG and PCM', ['-c:v', 'mjpeg', '-c:a', 'pcm_s16le'], 'key-frames', true],
      ['sound alone', ['-vn', '-c:a', 'aac'], 'key-frames', true],
      [
        'Clusters that begin at key frames, each a fragment as it is',
        [
          ...['-c:v', 'libx264', '-g', '50', '-keyint_min', '50', '-sc_threshold', '0', '-c:a', 'aac'],
          ...['-cluster_time_limit', '20000', '-cluster_size_limit', '50000000'],
        ],
        'clusters',
        true,
      ],
      [
        'whatever Clusters, each a fragment as it is',
        ['-c:v', 'libx264', '-g', '250', '-c:a', 'aac'],
        'clusters',
        false,
      ],
    ];
    for (const [what, args, cut, aligned] of encodings) {
      it(`${what}: every frame comes out, at its time`, async function () {
        if (!have('ffmpeg') || !have('ffprobe') || !have('curl', '--version')) {
          skip(this, 'no ffmpeg, ffprobe or curl');
        }
        const simulator = await start({ putMediaFragmentsPerSecond: Infinity });
        const file = path.join(directory, 'camera.mkv');
        const made = spawnSync(
          'ffmpeg',
          [
            ...[
              '-v',
              'error',
              '-f',
              'lavfi',
              '-i',
              'testsrc=size=320x240:rate=25',
              '-f',
              'lavfi',
              '-i',
              'sine=frequency=440',
            ],
            ...['-t', '6', '-preset', 'ultrafast', ...args.filter((arg) => arg !== '')],
            // Through a pipe, as a camera's would come.
            ...['-f', 'matroska', 'pipe:1'],
          ],
          { maxBuffer: 1e9 },
        );
        assert.equal(made.status, 0, made.stderr.toString());
        writeFileSync(file, made.stdout);
        const curl = program('curl', [
          ...['-sS', '--fail-with-body', '-T', '-', `${simulator.endpoint}/streams/camera?cut=${cut}`],
        ]);
        curl.child.stdin.end(made.stdout);
        assert.equal(await curl.exited, 0, curl.errors + curl.output);
        const chunks = framesByChunk(await read(simulator, 'camera'));
        const acknowledged = curl.output.match(/"PERSISTED"/g)?.length ?? 0;
        assert.equal(chunks.length, acknowledged);
        assert.ok(chunks.length > 2);
        const sent = frames(made.stdout);
        for (const stream of new Set(sent.map((frame) => frame.stream))) {
          const of = (list: Frame[]) => list.filter((frame) => frame.stream === stream);
          assert.deepEqual(of(chunks.flat()), of(sent), `track ${stream}`);
        }
        const begins = chunks.map((chunk) => chunk.find(({ stream }) => stream === 0)?.key);
        assert.equal(
          begins.every((key) => key === true),
          aligned,
        );
      });
    }

    it('live: what a camera sends is read while it goes on sending', async function () {
      if (!have('ffmpeg')) {
        skip(this, 'no ffmpeg');
      }
      const simulator = await start({ idleEndMs: 3000 });
      const camera = program('ffmpeg', [
        ...['-v', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=25', '-c:v', 'libx264'],
        ...['-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-cluster_time_limit', '100'],
        ...['-f', 'matroska', '-method', 'PUT', `${simulator.endpoint}/streams/camera`],
      ]);
      const service = new KinesisVideoService({
        region: 'us-east-1',
        credentials: { kind: 'keys', accessKeyId: 'simulator', secretAccessKey: 'simulator' },
        endpoint: simulator.endpoint,
      });
      ends.push(() => {
        service.close();
      });
      while ((simulator.streams.get('camera')?.fragments.length ?? 0) < 2) {
        assert.equal(camera.child.exitCode, null, camera.errors);
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
      const media = await service.getMedia(
        { StreamName: 'camera' },
        { StartSelectorType: 'NOW' },
        new AbortController().signal,
      );
      const body = await new Promise<Buffer>((resolve, reject) => {
        let seen = Buffer.alloc(0);
        media.read({
          bytes: (slice) => {
            seen = Buffer.concat([seen, slice]);
            if (fragmentNumbers(seen).length >= 3) {
              resolve(seen);
            }
          },
          ended: () => {
            reject(new Error('It ended.'));
          },
          failed: reject,
        });
      });
      assert.equal(camera.child.exitCode, null, 'the camera goes on');
      media.close();
      assert.ok(body.length > 1000);
    });
  });

  describe('by kvs-simulator put', () => {
    before(function () {
      if (!existsSync(CLI)) {
        skip(this, 'run npm run build first');
      }
    });

    it('pushes a file and says which fragments came of it', async function () {
      const simulator = await start({ putMediaFragmentsPerSecond: Infinity });
      const run = put(SAMPLE_FILE, '--fast', '--endpoint', simulator.endpoint);
      assert.equal(await run.exited, 0, run.errors);
      const body = await read(simulator, 'sample');
      assert.deepEqual(
        run.output
          .trim()
          .split('\n')
          .map((line) => line.split(' ')[1]),
        fragmentNumbers(body),
      );
      assert.equal(fragmentNumbers(body).length, 6);
      if (!have('ffprobe')) {
        skip(this, 'no ffprobe');
      }
      const sent = frames(readFileSync(SAMPLE_FILE));
      const came = framesByChunk(body).flat();
      for (const stream of [0, 1]) {
        assert.deepEqual(
          came.filter((frame) => frame.stream === stream),
          sent.filter((frame) => frame.stream === stream),
        );
      }
    });

    it('takes standard input', async () => {
      const simulator = await start();
      const run = put('-', '--stream', 'pipe', '--quiet', '--endpoint', simulator.endpoint);
      run.child.stdin.end(Buffer.concat([header(), second(0), second(1000)]));
      assert.equal(await run.exited, 0, run.errors);
      assert.equal(run.output, '');
      assert.equal(simulator.streams.get('pipe')?.fragments.length, 2);
    });

    it('goes on again and again, with higher numbers, as a camera that comes back', async () => {
      const simulator = await start({ putMediaFragmentsPerSecond: Infinity });
      const file = path.join(directory, 'loop.mkv');
      writeFileSync(file, Buffer.concat([header(), second(0)]));
      const run = put(file, '--fast', '--loop', '--endpoint', simulator.endpoint);
      while (run.output.split('\n').length < 4) {
        assert.equal(run.child.exitCode, null, run.errors);
        await once(run.child.stdout, 'data');
      }
      run.child.kill('SIGINT');
      await run.exited;
      const numbers = (simulator.streams.get('loop')?.fragments ?? []).map(({ FragmentNumber = '0' }) =>
        BigInt(FragmentNumber),
      );
      assert.ok(numbers.length >= 3);
      assert.deepEqual(
        numbers,
        [...numbers].sort((a, b) => (a < b ? -1 : 1)),
      );
    });

    it('sends each frame when it is due', async () => {
      const simulator = await start();
      const clock = new VirtualClock();
      const file = path.join(directory, 'paced.mkv');
      // Each Cluster is longer than one piece of the file that is read.
      const clusters = [0, 1000, 2000, 3000].map((ticks) => second(ticks, 'x'.repeat(400)));
      writeFileSync(file, Buffer.concat([header(), ...clusters]));
      const taken: number[] = [];
      const state = { done: false };
      const pushing = putMatroska({
        source: file,
        endpoint: simulator.endpoint,
        stream: 'paced',
        realTime: true,
        clock,
        onFragment: (_, timecodeMs) => taken.push(timecodeMs),
      }).finally(() => {
        state.done = true;
      });
      const began = clock.now();
      while (!state.done) {
        // A timer is always what it waits for next, or the network.
        const wait = clock.nextInMs;
        if (wait === undefined) {
          await new Promise((resolve) => setImmediate(resolve));
        } else {
          await clock.advance(wait);
        }
      }
      await pushing;
      assert.deepEqual(taken, [0, 1000, 2000, 3000]);
      assert.ok(clock.now() - began > 3500 && clock.now() - began <= 3960, String(clock.now() - began));
    });

    it('says in words why it could not', async () => {
      const simulator = await start({ putMediaFragmentsPerSecond: Infinity });
      simulator.addStream({ name: 'demo' });
      const page = path.join(directory, 'page.mkv');
      writeFileSync(page, '<!DOCTYPE html>');
      const cutOff = path.join(directory, 'cut.mkv');
      writeFileSync(cutOff, readFileSync(SAMPLE_FILE).subarray(0, -10_000));
      const nobody = new Simulator();
      const { endpoint } = await nobody.start();
      await nobody.stop();
      const attempt = async (source: string, overrides: Partial<Parameters<typeof putMatroska>[0]> = {}) => {
        try {
          await putMatroska({
            ...{ source, endpoint: simulator.endpoint, stream: 'camera', realTime: false },
            ...{ clock: new VirtualClock(), ...overrides },
          });
        } catch (error) {
          assert.ok(error instanceof PutError);
          return error.message;
        }
        return 'it went well';
      };
      assert.match(
        await attempt(path.join(directory, 'none.mkv')),
        /none\.mkv: no such file or directory\.$/,
      );
      assert.match(await attempt(directory), /illegal operation on a directory/);
      assert.match(await attempt(page), /page\.mkv: .*neither Matroska nor WebM/);
      assert.match(await attempt(cutOff), /did not take .*cut\.mkv: .*middle of an element/);
      assert.match(await attempt(SAMPLE_FILE, { stream: 'demo' }), /producer of the simulator's own/);
      assert.match(await attempt(SAMPLE_FILE, { endpoint }), /No simulator answers at .*--endpoint/);
      assert.match(await attempt(SAMPLE_FILE, { endpoint: simulator.dataEndpoint }), /status 404: is that/);
    });

    for (const [args, code, message] of [
      [[], 2, /put takes one file/],
      [['a', 'b'], 2, /put takes one file/],
      [['a', '--fast', '--realtime'], 2, /exclude each other/],
      [['-', '--loop'], 2, /standard input comes once/],
      [['a', '--endpoint', 'ftp://x'], 2, /is no URL that begins with http/],
      [['a', '--stream', 'a b'], 2, /cannot be a stream's name/],
      [['a', '--nonsense'], 2, /--nonsense/],
      [['nowhere.mkv'], 1, /nowhere\.mkv: no such file/],
    ] as const) {
      it(`refuses put ${args.join(' ')} with code ${code}`, async () => {
        const run = put(...args);
        assert.equal(await run.exited, code);
        assert.match(run.errors, message);
        assert.doesNotMatch(run.errors, /^ {4}at /m, 'no stack');
      });
    }

    it('explains itself', async () => {
      const run = put('--help');
      assert.equal(await run.exited, 0);
      assert.match(run.output, /--loop[^]*--fast/);
    });
  });
});
