import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import {
  GetDataEndpointCommand,
  ListStreamsCommand,
  ListTagsForStreamCommand,
} from '@aws-sdk/client-kinesis-video';
import { GetMediaCommand } from '@aws-sdk/client-kinesis-video-media';
import { SAMPLE_FILE } from '../../../src/simulator';
import { HAS_OPENSSL } from '../../../testing/certificates';
import { REPOSITORY, controlClient, mediaClient } from '../rig';
import { skip } from '../../../testing/skip';

/** As it is published: compiled here for each start, it would take three times as long to start. */
const CLI = path.join(REPOSITORY, 'dist', 'src', 'simulator', 'cli', 'kvs-simulator.js');

class Program {
  output = '';
  errors = '';
  readonly process: ChildProcess;
  readonly exited: Promise<number | null>;

  constructor(environment: Readonly<Record<string, string>>, ...args: string[]) {
    this.process = spawn(process.execPath, [CLI, ...args], {
      cwd: REPOSITORY,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process.stdout?.on('data', (data: Buffer) => (this.output += data.toString()));
    this.process.stderr?.on('data', (data: Buffer) => (this.errors += data.toString()));
    this.exited = once(this.process, 'close').then(([code]) => code as number | null);
  }

  /** Resolves with the output once it matches. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) {
        return match;
      }
      assert.equal(this.process.exitCode, null, `It ended: ${this.errors}`);
      await once(this.process.stdout ?? this.process, 'data');
    }
  }
}

describe('kvs-simulator', () => {
  const running: Program[] = [];
  const run = (...args: string[]) => {
    const program = new Program({}, ...args);
    running.push(program);
    return program;
  };

  before(function () {
    if (!existsSync(CLI)) {
      skip(this, 'run npm run build first');
    }
  });
  afterEach(async () => {
    for (const program of running.splice(0)) {
      program.process.kill('SIGKILL');
      await program.exited;
    }
  });

  it('serves hundreds of streams of one recording, tagged, and names the first and the last', async () => {
    const program = run('--port', '0', '--stream', 'gate', '--streams', '300', '--tag', 'site=north');
    const [, endpoint = ''] = await program.says(/simulator at (http:\S+)/);
    await program.says(/stream gate-001 .*\n(.*\n)*.*and 281 more, up to gate-300/);
    const control = controlClient(endpoint);
    const { StreamInfoList = [] } = await control.send(new ListStreamsCommand({ MaxResults: 1000 }));
    assert.deepEqual([StreamInfoList.length, StreamInfoList[299]?.StreamName], [300, 'gate-300']);
    const { Tags } = await control.send(new ListTagsForStreamCommand({ StreamName: 'gate-300' }));
    assert.deepEqual(Tags, { site: 'north' });
    control.destroy();
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`serves a stream named demo, a line per call, and ends by ${signal} with code 0 in mid-stream`, async () => {
      const program = run('--port', '0', '--profile', 'aws-sdk');
      const [, endpoint = ''] = await program.says(/simulator at (http:\S+)/);
      await program.says(/stream demo +video\/h264,audio\/aac +arn:aws:kinesisvideo:/);
      const control = controlClient(endpoint);
      const { DataEndpoint = '' } = await control.send(
        new GetDataEndpointCommand({ StreamName: 'demo', APIName: 'GET_MEDIA' }),
      );
      const media = mediaClient(DataEndpoint);
      const { Payload } = await media.send(
        new GetMediaCommand({ StreamName: 'demo', StartSelector: { StartSelectorType: 'EARLIEST' } }),
      );
      const body = Payload as Readable;
      body.on('error', () => undefined);
      await once(body, 'data');
      await program.says(/GetMedia demo 200 OK [0-9a-f-]{36}/);
      program.process.kill(signal);
      assert.equal(await program.exited, 0);
      assert.equal(program.errors, '');
      control.destroy();
      media.destroy();
    });
  }

  it('takes streams, files and faults', async () => {
    const program = run(
      '--port',
      '0',
      '--quiet',
      '--stream',
      'front',
      '--media',
      SAMPLE_FILE,
      '--media',
      SAMPLE_FILE,
      '--fault',
      'http-error:ErrorType=ThrottlingException,statusCode=400,operation=DescribeStream',
    );
    const [, endpoint = ''] = await program.says(/simulator at (http:\S+)/);
    await program.says(/Ctrl-C/);
    assert.match(program.output, /stream front .*\n {2}stream sample /);
    assert.match(program.output, /fault +\{"kind":"http-error"/);
    const control = controlClient(endpoint);
    const { StreamInfoList = [] } = await control.send(new ListStreamsCommand({}));
    assert.deepEqual(
      StreamInfoList.map(({ StreamName }) => StreamName),
      ['front', 'sample'],
    );
    control.destroy();
    assert.doesNotMatch(program.output, /ListStreams/);
  });

  it('says that a port is taken, and how to choose another', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    for (const option of ['--port', '--data-port']) {
      const program = run('--port', '0', option, String(port));
      assert.equal(await program.exited, 1);
      assert.match(program.errors, new RegExp(`^Port ${port} is taken.*${option}\\.\n$`));
    }
    server.close();
  });

  for (const [args, message] of [
    [['--port', 'abc'], /--port: "abc" is no port number/],
    [['--port', '70000'], /--port: "70000" is no port number/],
    [['--streams', '0'], /--streams: "0" is no number from 1 to 10000/],
    [['--streams', '3', '--stream', 'a', '--stream', 'b'], /--streams takes one --stream at most/],
    [['--tag', 'x'], /--tag: "x" should be KEY=VALUE/],
    [['--nonsense'], /--nonsense/],
    [['extra'], /extra/],
    [['--profile', 'webcam'], /--profile: "webcam" is not one of ffmpeg, aws-sdk/],
    [['--retention', 'long'], /--retention: "long" is no duration/],
    [['--fault', 'flood'], /--fault flood: Unknown kind of fault/],
    [['--tls-cert', 'a.pem'], /--tls-cert and --tls-key belong together/],
    [['--tls-name', 'a b'], /--tls-name: "a b" is no host name/],
    [['--stream', 'a b'], /"a b" cannot be a stream's name/],
    [['--stream', 'a', '--stream', 'a'], /a stream "a" already/],
  ] as const) {
    it(`refuses ${args.join(' ')} with code 2`, async () => {
      const program = run(...args);
      assert.equal(await program.exited, 2);
      assert.match(program.errors, message);
      assert.match(program.errors, /--help/);
      assert.doesNotMatch(program.errors, /^ {4}at /m, 'no stack');
    });
  }

  it('says which media file cannot be played, and why', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'kvs-simulator-'));
    try {
      const text = path.join(directory, 'notes.mkv');
      writeFileSync(text, 'not a film');
      for (const [file, why] of [
        [path.join(directory, 'none.mkv'), /none\.mkv: no such file or directory\./],
        [directory, /: illegal operation on a directory\./],
        [text, /notes\.mkv: it does not begin with an EBML header/],
      ] as const) {
        const program = run('--media', file, '--stream', 'a');
        assert.equal(await program.exited, 1);
        assert.match(program.errors, why);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('speaks https with --tls: a client that trusts its certificate reads by every name, others do not', async function () {
    if (!HAS_OPENSSL) {
      skip(this, 'no openssl');
    }
    const home = mkdtempSync(path.join(tmpdir(), 'kvs-simulator-'));
    try {
      const start = async (...args: string[]) => {
        const program = new Program({ HOME: home, USERPROFILE: home }, '--port', '0', '--quiet', ...args);
        running.push(program);
        const [, endpoint = ''] = await program.says(/simulator at (https:\S+)/);
        const [, file = ''] = await program.says(/NODE_EXTRA_CA_CERTS=(\S+)/);
        return { endpoint, ca: readFileSync(file) };
      };
      const { endpoint, ca } = await start('--tls-name', 'camera-simulator');
      const list = async (trusted: Buffer | undefined) => {
        const response = await new Promise<IncomingMessage>((resolve, reject) => {
          const options = { method: 'POST', agent: false, servername: 'camera-simulator' };
          request(new URL('/listStreams', endpoint), { ...options, ...(trusted && { ca: trusted }) }, resolve)
            .on('error', reject)
            .end('{}');
        });
        response.resume();
        return response.statusCode;
      };
      assert.equal(await list(ca), 403, 'answers, and asks for a signature');
      await assert.rejects(list(undefined), /self.signed/);
      assert.deepEqual((await start('--tls')).ca, ca, 'the next one has the same certificate');
      assert.notDeepEqual((await start('--tls-name', 'another')).ca, ca, 'another name, another certificate');
    } finally {
      rmSync(home, { recursive: true });
    }
  });

  it('says why it has no certificate, and what to do', async () => {
    const program = new Program(
      { PATH: '', HOME: tmpdir() + '/none', USERPROFILE: tmpdir() },
      '--port',
      '0',
      '--tls',
    );
    running.push(program);
    assert.equal(await program.exited, 1);
    assert.match(
      program.errors,
      /^--tls: openssl is not installed here\. Give a certificate with --tls-cert/,
    );
  });

  it('names the region that its ARNs, the dialogs and the examples have', async () => {
    const program = run('--port', '0', '--quiet');
    const [, region = ''] = await program.says(/region (\S+) \(any will do\)/);
    assert.match(program.output, new RegExp(`arn:aws:kinesisvideo:${region}:`));
    const texts = readFileSync(path.join(REPOSITORY, 'nodes/kvs-config/locales/en-US.json'), 'utf8');
    const hint = (JSON.parse(texts) as { 'kvs-config': { tip: { endpoint: string } } })['kvs-config'].tip
      .endpoint;
    assert.ok(hint.includes(region), hint);
    const example = readFileSync(path.join(REPOSITORY, 'examples/1-first-stream.json'), 'utf8');
    const nodes = JSON.parse(example) as { type: string; region?: string }[];
    assert.equal(nodes.find(({ type }) => type === 'kvs-config')?.region, region);
  });

  it('warns where other machines can reach it', async () => {
    const program = run('--port', '0', '--host', '0.0.0.0', '--quiet');
    await program.says(/Ctrl-C/);
    program.process.kill('SIGINT');
    assert.equal(await program.exited, 0);
    assert.match(program.errors, /^Warning: it can be reached from other machines/);
  });

  it('explains itself', async () => {
    const program = run('--help');
    assert.equal(await program.exited, 0);
    for (const option of ['--port', '--media', '--fault', '--access-key-id', 'clusterless-chunk']) {
      assert.ok(program.output.includes(option), option);
    }
  });
});
