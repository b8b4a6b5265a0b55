import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import helper from 'node-red-node-test-helper';
import type { Node, NodeMessage, NodeStatus } from 'node-red';
import kvsArchive from '../../../nodes/kvs-archive/kvs-archive';
import type { KvsState } from '../../../nodes/shared/state-to-status';
import kvsConfig from '../../../nodes/kvs-config/kvs-config';
import { Simulator, type SimulatedStream } from '../../../src/simulator';
import { SIMULATOR_KEYS, simulatorConfig } from '../../../testing/collector';
import { Inbox, type ErrorMessage } from '../../../testing/helper-flow';
import { modelFragment, notFound } from '../../../testing/model-archive';
import { skip } from '../../../testing/skip';
import { inEnglish } from '../../../testing/texts';
import { boxes } from '../../convert/boxes';
import { beginOf, moved, renumbered, source } from '../../convert/clip/sources';
import { needsFfmpeg, streamsOf } from '../../convert/streams';
import { StubService, json, reply } from '../../kinesis-video/stub-service';
import { ID } from '../../../src/simulator/media/element-ids';
import { element, unsigned } from '../../../src/simulator/media/ebml-writer';
import { block, cluster, header } from '../../simulator/matroska';

interface Answer extends NodeMessage {
  readonly payload: unknown;
  readonly kvs: Readonly<Record<string, unknown>> & { readonly FragmentNumber?: string };
  readonly [property: string]: unknown;
}

interface Flow {
  readonly answers: Inbox<Answer>;
  readonly errors: Inbox<ErrorMessage & { readonly request?: string }>;
  readonly statuses: Inbox<NodeStatus>;
  readonly caught: Inbox<NodeMessage>;
  /** Messages of a Complete node. */
  readonly completed: Inbox<NodeMessage>;
  readonly send: (msg: object) => void;
}

async function load(endpoint: string, properties: object): Promise<Flow> {
  const [answers, errors] = [new Inbox<Answer>(), new Inbox<ErrorMessage>()];
  const [statuses, caught, completed] = [
    new Inbox<NodeStatus>(),
    new Inbox<NodeMessage>(),
    new Inbox<NodeMessage>(),
  ];
  const flow = [
    { id: 'tab', type: 'tab', label: 'test' },
    simulatorConfig(endpoint),
    {
      ...{ id: 'archive', type: 'kvs-archive', z: 'tab', x: 1, y: 1, config: 'config', stream: 'hall' },
      output: 'chunks',
      ...properties,
      wires: [['out'], ['err']],
    },
    ...['out', 'err', 'caught', 'completed'].map((id) => ({
      id,
      type: 'helper',
      z: 'tab',
      x: 1,
      y: 1,
      wires: [],
    })),
    { id: 'catch', type: 'catch', z: 'tab', x: 1, y: 1, scope: null, wires: [['caught']] },
    { id: 'done', type: 'complete', z: 'tab', x: 1, y: 1, scope: ['archive'], wires: [['completed']] },
  ];
  await helper.load([kvsConfig, inEnglish(kvsArchive)], flow, {
    config: { ...SIMULATOR_KEYS },
  });
  const listen = (id: string, take: (msg: NodeMessage) => void): void => {
    helper.getNode(id).on('input', take);
  };
  listen('out', (msg) => {
    answers.push(msg as Answer);
  });
  listen('err', (msg) => {
    errors.push(msg as ErrorMessage);
  });
  listen('caught', (msg) => {
    caught.push(msg);
  });
  listen('completed', (msg) => {
    completed.push(msg);
  });
  const node: Node = helper.getNode('archive');
  node.on('call:status' as 'close', (call: unknown) => {
    statuses.push((call as { args: [NodeStatus] }).args[0]);
  });
  return {
    ...{ answers, errors, statuses, caught, completed },
    send: (msg) => {
      node.receive(msg as NodeMessage);
    },
  };
}

describe('kvs-archive', () => {
  const MINUTE = 60_000;
  let simulator: Simulator;
  let stream: SimulatedStream;
  let now: number;

  before(async () => {
    simulator = new Simulator({ idleEndMs: 100, callsPerSecond: 1_000 });
    await simulator.start();
    now = Date.now();
    stream = simulator.addStream({ name: 'hall', live: false, profile: 'aws-sdk', prefillMs: 20 * MINUTE });
    simulator.addStream({ name: 'empty', live: false, profile: 'aws-sdk' });
    simulator.addStream({
      ...{ name: 'unstored', live: false, profile: 'aws-sdk' },
      ...{ prefillMs: 10 * MINUTE, retentionMs: 0 },
    });
  });
  after(async () => {
    await simulator.stop();
  });
  afterEach(async () => {
    await helper.unload();
    simulator.faults.clear();
  });

  /** The fragments that show anything of a range. */
  const stored = (from: number, to: number): string[] => {
    const all = [...stream.fragments];
    return all
      .filter((fragment, index) => {
        const begin = fragment.ProducerTimestamp ?? 0;
        const end = all[index + 1]?.ProducerTimestamp ?? Infinity;
        return begin < to && end > from;
      })
      .map(({ FragmentNumber }) => FragmentNumber ?? '');
  };
  const range = (beginMinutes: number, endMinutes: number) => ({
    from: now - beginMinutes * MINUTE,
    to: now - endMinutes * MINUTE,
  });
  const numbers = (answers: readonly Answer[]) => answers.map(({ kvs }) => kvs.FragmentNumber);

  describe('image', () => {
    let folder = '';
    beforeEach(function () {
      needsFfmpeg(this);
      folder = mkdtempSync(join(tmpdir(), 'kvs-archive-'));
    });
    afterEach(() => {
      rmSync(folder, { recursive: true, force: true });
    });

    it('is the picture of a moment, with the time of its frame', async () => {
      const { answers, errors, completed, send } = await load(simulator.endpoint, { output: 'image' });
      const at = now - 15 * MINUTE;
      send({ at, request: 'mine' });
      await completed.first();
      assert.deepEqual(errors.all, []);
      const [answer, ...more] = answers.all;
      assert.ok(answer !== undefined && more.length === 0);
      const { payload, kvs, topic, request, parts } = answer;
      assert.ok(Buffer.isBuffer(payload) && payload.readUInt16BE(0) === 0xffd8);
      assert.deepEqual([topic, request, parts], ['hall', 'mine', undefined]);
      const { frameTime, FragmentNumber, ...image } = kvs['image'] as Record<string, number>;
      assert.ok(frameTime !== undefined && frameTime <= at && at - frameTime < 200);
      assert.deepEqual([FragmentNumber], stored(at, at + 1));
      assert.deepEqual(image, { at, width: 640, height: 360, mimeType: 'image/jpeg' });
    });

    it('is one for each moment of a range, as numbered files; only the last one says how many', async () => {
      const every = { output: 'image', intervalSeconds: 20, format: 'png', width: 160, saveTo: 'file' };
      const { answers, completed, send } = await load(simulator.endpoint, every);
      send({ ...range(15, 14), filename: join(folder, 'door.png') });
      await completed.first();
      assert.deepEqual(readdirSync(folder).sort(), ['door-2.png', 'door-3.png', 'door.png']);
      const parts = answers.all.map((answer) => answer['parts'] as { index: number; count?: number });
      assert.deepEqual(
        parts.map(({ index, count }) => [index, count]),
        [
          [0, undefined],
          [1, undefined],
          [2, 3],
        ],
      );
      const { width, height, mimeType } = answers.all[1]?.kvs['image'] as Record<string, unknown>;
      assert.deepEqual([width, height, mimeType], [160, 90, 'image/png']);
    });

    it('names why there is none', async () => {
      const { errors, send } = await load(simulator.endpoint, { output: 'image', saveTo: 'file' });
      send({ at: now - 15 * MINUTE, filename: join(folder, 'nowhere', 'door.jpg') });
      assert.equal((await errors.first()).payload.ErrorType, 'FileError');
      await helper.unload();
      const early = await load(simulator.endpoint, { output: 'image' });
      early.send({ at: (stream.fragments[0]?.ProducerTimestamp ?? 0) - 1 });
      assert.equal((await early.errors.first()).payload.ErrorType, 'NoMediaInRange');
    });
  });

  describe('image of a machine without ffmpeg', () => {
    const path = process.env['PATH'];
    beforeEach(() => {
      process.env['PATH'] = '';
    });
    afterEach(() => {
      process.env['PATH'] = path;
      simulator.faults.clear();
    });

    it('is made by AWS, unless the node is set to ffmpeg', async () => {
      const at = now - 15 * MINUTE + 321;
      const { answers, errors, completed, send } = await load(simulator.endpoint, { output: 'image' });
      send({ at });
      await completed.first();
      const [{ payload, kvs }] = answers.all as [Answer];
      assert.ok(Buffer.isBuffer(payload) && payload.readUInt16BE(0) === 0xffd8);
      const [FragmentNumber] = stored(at, at + 1);
      const size = { width: 16, height: 16 };
      assert.deepEqual(kvs['image'], { at, frameTime: at, FragmentNumber, ...size, mimeType: 'image/jpeg' });
      assert.deepEqual([errors.all, answers.all.length], [[], 1]);
      await helper.unload();
      const own = await load(simulator.endpoint, { output: 'image', imageSource: 'ffmpeg' });
      own.send({ at });
      const { ErrorType, message } = (await own.errors.first()).payload;
      assert.equal(ErrorType, 'NoDecoder');
      assert.match(message, /Install ffmpeg on this machine, or let AWS decode/);
    });

    it('is an error that says what to do where an ffmpeg was found and fails', async function () {
      if (process.platform === 'win32') {
        skip(this, 'the program is a shell script');
      }
      const fake = mkdtempSync(join(tmpdir(), 'kvs-ffmpeg-'));
      try {
        // It passes the test of its options, and decodes nothing.
        const script =
          'case "$*" in *rawvideo*) cat > /dev/null; echo ok;; *) echo "no memory" >&2; exit 3;; esac';
        writeFileSync(join(fake, 'ffmpeg'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
        process.env['PATH'] = `${fake}${delimiter}${path ?? ''}`;
        const own = await load(simulator.endpoint, { output: 'image', imageSource: 'ffmpeg' });
        own.send({ at: now - 15 * MINUTE });
        const { ErrorType, message, action } = (await own.errors.first()).payload;
        assert.deepEqual([ErrorType, action], ['DecoderFailed', 'skip']);
        assert.match(
          message,
          /stream "hall" could not be made\. .* next one\. .* AWS decode\. ffmpeg ended with exit code 3\. .*: 1\. Details: "no memory"$/,
        );
      } finally {
        rmSync(fake, { recursive: true, force: true });
      }
    });

    it('is refused for a message where it is larger than that may be', async () => {
      // A JPEG of 16 × 16 that says so, and is 1.2 MB.
      const jpeg = Buffer.concat([Buffer.from('ffd8ffc0001108001000100300', 'hex'), Buffer.alloc(1_200_000)]);
      const codec = element(ID.CodecID, Buffer.from('V_MJPEG'));
      const entry = [unsigned(ID.TrackNumber, 1), unsigned(ID.TrackType, 1), codec];
      const source = [
        header([element(ID.TrackEntry, Buffer.concat(entry))]),
        ...[0, 1_000].map((ms) => cluster(ms, [block(1, 0, true, jpeg), block(1, 900, false, jpeg)])),
      ];
      simulator.addStream({
        ...{ name: 'large', live: false, recordedMs: 10 * MINUTE },
        source: { bytes: Buffer.concat(source) },
      });
      const large = { output: 'image', stream: 'large', maxMB: 1 };
      const { errors, answers, send } = await load(simulator.endpoint, large);
      send({ at: now - 5 * MINUTE });
      const { payload } = await errors.first();
      assert.equal(payload.ErrorType, 'ClipTooLarge');
      assert.match(payload.message, /picture .* more than 1 MB/);
      assert.deepEqual(answers.all, []);
    });

    it('fails with what AWS says, or why AWS is not asked', async () => {
      simulator.faults.add({
        ...{
          kind: 'http-error',
          ErrorType: 'AccessDeniedException',
          statusCode: 403,
          operation: 'GetImages',
        },
      });
      const { errors, send } = await load(simulator.endpoint, { output: 'image' });
      send({ at: now - 15 * MINUTE });
      const { ErrorType, message, ...failed } = (await errors.first()).payload;
      assert.deepEqual([ErrorType, failed['operation']], ['AccessDeniedException', 'GetImages']);
      assert.match(message, /kinesisvideo:GetImages/);
      await helper.unload();
      const fast = await load(simulator.endpoint, { output: 'image', intervalSeconds: 0.1 });
      fast.send({ ...range(15, 14) });
      const refused = (await fast.errors.first()).payload;
      assert.deepEqual([refused.ErrorType, refused['operation']], ['InvalidInput', 'Input']);
      assert.match(refused.message, /every 0\.2 seconds/);
    });
  });

  describe('clip', () => {
    let folder = '';
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'kvs-archive-'));
    });
    afterEach(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    const boxesOf = (file: Buffer): string[] => boxes(file).map(({ type }) => type);

    it('is what a node answers with where nothing else is set: one file that shows exactly the range', async () => {
      const { answers, errors, completed, send } = await load(simulator.endpoint, { output: undefined });
      const at = now - 15 * MINUTE;
      send({ at, request: 'mine', extra: { kept: true } });
      await completed.first();
      assert.deepEqual(errors.all, []);
      assert.equal(answers.all.length, 1);
      const { payload, kvs, topic, request, extra, parts } = answers.all[0] ?? assert.fail();
      assert.ok(Buffer.isBuffer(payload));
      assert.deepEqual(boxesOf(payload), ['ftyp', 'moov', 'mdat']);
      assert.deepEqual(
        { topic, request, extra, parts },
        { topic: 'hall', request: 'mine', extra: { kept: true }, parts: undefined },
      );
      const [from, to] = [at - 10_000, at + 20_000];
      const numbersShown = stored(from, to);
      const { mimeType, ...clip } = kvs['clip'] as Record<string, unknown>;
      assert.match(String(mimeType), /^video\/mp4; codecs="avc1\./);
      assert.deepEqual(clip, {
        ...{ from, to, start: from, end: to, durationMs: 30_000, gaps: [], complete: true },
        ...{ fragments: numbersShown.length, bytes: payload.length },
        ...{ firstFragmentNumber: numbersShown[0], lastFragmentNumber: numbersShown.at(-1) },
      });
    });

    it('is a file at the path that the message or the node gives', async () => {
      const { answers, completed, send } = await load(simulator.endpoint, { output: 'clip', saveTo: 'file' });
      const path = join(folder, 'door.mp4');
      send({ ...range(15, 14), filename: path });
      await completed.first();
      assert.equal(answers.all[0]?.payload, path);
      assert.deepEqual(readdirSync(folder), ['door.mp4']);
      const file = readFileSync(path);
      assert.deepEqual(boxesOf(file), ['ftyp', 'moov', 'mdat']);
      assert.equal((answers.all[0].kvs['clip'] as { bytes: number }).bytes, file.length);
      await helper.unload();
      const typed = {
        output: 'clip',
        saveTo: 'file',
        filenameType: 'str',
        filename: join(folder, 'own.mp4'),
      };
      const again = await load(simulator.endpoint, typed);
      again.send(range(15, 14));
      await again.completed.first();
      assert.ok(readFileSync(join(folder, 'own.mp4')).equals(file));
    });

    it('names why there is no clip', async () => {
      const toFile = await load(simulator.endpoint, { output: 'clip', saveTo: 'file' });
      const path = join(folder, 'nowhere', 'door.mp4');
      toFile.send({ ...range(15, 14), filename: path });
      const { payload: noFolder } = await toFile.errors.first();
      assert.deepEqual(
        [noFolder.ErrorType, noFolder['operation'], noFolder.action],
        ['FileError', 'Archive', 'skip'],
      );
      assert.match(noFolder.message, /door\.mp4 failed: the folder does not exist \(ENOENT\)\.$/);
      toFile.send(range(15, 14));
      const { payload: noPath } = await toFile.errors.first(
        ({ payload }) => payload.ErrorType === 'InvalidInput',
      );
      assert.match(noPath.message, /“File” gives no path/);
      await helper.unload();
      const small = await load(simulator.endpoint, { output: 'clip', maxMB: 1 });
      small.send(range(18, 1));
      const { payload: tooLarge } = await small.errors.first();
      assert.equal(tooLarge.ErrorType, 'ClipTooLarge');
      assert.match(tooLarge.message, /more than 1 MB\. Save it to a file/);
      small.send({ ...range(15, 14), stream: 'empty' });
      await small.errors.first(({ payload }) => payload.ErrorType === 'NoMediaInRange');
      assert.deepEqual([toFile.answers.all, small.answers.all], [[], []]);
    });

    it('is a message for each file where the codec changes within the range', async function () {
      needsFfmpeg(this);
      const [one, other] = [source('a key frame each second'), source('H.265 and Opus')];
      const changed = simulator.addStream({ name: 'changing', source: 'none' });
      const shift = one.base + 4_000 - beginOf(other.chunks);
      const chunks = [
        ...one.chunks.slice(0, 4),
        ...other.chunks.slice(0, 4).map((each) => renumbered(moved(each, shift))),
      ];
      const base = Date.now() - 20_000;
      changed.ingest(Buffer.concat(chunks.map((chunk) => moved(chunk, base - one.base))));
      const { answers, errors, completed, send } = await load(simulator.endpoint, { output: 'clip' });
      send({ stream: 'changing', from: base + 1_500, to: base + 8_500 });
      await completed.first();
      simulator.removeStream('changing');
      assert.deepEqual(errors.all, []);
      const clips = answers.all.map(
        ({ kvs }) => kvs['clip'] as { mimeType: string; start: number; end: number },
      );
      assert.deepEqual(
        clips.map(({ start, end }) => [start, end].map((time) => Math.round((time - base) / 40) * 40)),
        [
          [1_520, 4_000],
          [4_000, 8_520],
        ],
      );
      const parts = answers.all.map(
        (answer) => answer['parts'] as { id: string; index: number; count: number },
      );
      assert.deepEqual(
        parts.map(({ index, count }) => [index, count]),
        [
          [0, 2],
          [1, 2],
        ],
      );
      assert.equal(parts[0]?.id, parts[1]?.id);
      assert.deepEqual(
        answers.all.map(({ payload }) => streamsOf(payload as Buffer).map(({ codec_name }) => codec_name)),
        [['h264'], ['hevc', 'opus']],
      );
    });

    it('has what is still to come, with what was before', async function () {
      this.timeout(60_000);
      simulator.addStream({ name: 'live', profile: 'aws-sdk', prefillMs: 30_000 });
      const { answers, errors, completed, send } = await load(simulator.endpoint, {
        ...{ output: 'clip', beforeSeconds: 5, afterSeconds: 4 },
      });
      const at = Date.now() - 1_000;
      send({ at, stream: 'live' });
      await completed.first();
      simulator.removeStream('live');
      assert.deepEqual(errors.all, []);
      const { start, end, gaps } = answers.all[0]?.kvs['clip'] as { start: number; end: number; gaps: [] };
      assert.deepEqual([start - at, end - at, gaps], [-5_000, 4_000, []]);
    });
  });

  describe('chunks', () => {
    it('answers with the chunks of a range, in order, on the request’s own message', async () => {
      const { answers, errors, completed, send } = await load(simulator.endpoint, {});
      const asked = range(15, 10);
      send({ ...asked, request: 'mine', extra: { kept: true }, payload: 'gone', action: 'get' });
      await completed.first();
      assert.deepEqual(numbers(answers.all), stored(asked.from, asked.to));
      for (const [index, { payload, kvs, topic, request, extra, action }] of answers.all.entries()) {
        assert.ok(Buffer.isBuffer(payload));
        assert.deepEqual(
          { topic, request, extra, action, sequence: kvs['sequence'], StreamName: kvs['StreamName'] },
          {
            ...{ topic: 'hall', request: 'mine', extra: { kept: true }, action: undefined },
            ...{ sequence: index, StreamName: 'hall' },
          },
        );
        assert.equal(kvs['last'], index === answers.all.length - 1 ? true : undefined);
      }
      assert.notEqual(answers.all[0]?.['extra'], answers.all[1]?.['extra']);
      assert.deepEqual(errors.all, []);
    });

    it('answers with what is around a moment', async () => {
      const { answers, completed, send } = await load(simulator.endpoint, {
        beforeSeconds: 5,
        afterSeconds: 6,
      });
      const at = now - 12 * MINUTE + 321;
      send({ at: { StreamName: 'hall', ProducerTimestamp: at } });
      await completed.first();
      assert.deepEqual(numbers(answers.all), stored(at - 5_000, at + 6_000));
    });

    it('sends no more than may be unacknowledged, and is done when all are acknowledged', async () => {
      const { answers, completed, errors, send } = await load(simulator.endpoint, { maxInFlight: 2 });
      const asked = range(10, 8.5);
      const expected = stored(asked.from, asked.to);
      send({ ...asked, request: 'a' });
      for (let acknowledged = 0; acknowledged < expected.length; acknowledged += 1) {
        await answers.count(acknowledged + 1);
        assert.ok(answers.all.length <= acknowledged + 2);
        send({ ...answers.all[acknowledged], action: 'ack' });
      }
      await completed.first((msg) => !('kvs' in msg));
      assert.deepEqual(numbers(answers.all), expected);
      assert.deepEqual(errors.all, []);
    });

    it('answers with the chosen tracks alone', async () => {
      const { answers, completed, send } = await load(simulator.endpoint, { tracks: 'audio' });
      const asked = range(12, 11);
      send(asked);
      await completed.first();
      assert.deepEqual(numbers(answers.all), stored(asked.from, asked.to));
      for (const { payload, kvs } of answers.all) {
        const tracks = kvs['tracks'] as readonly { type: string }[];
        assert.deepEqual(
          tracks.map(({ type }) => type),
          ['audio'],
        );
        assert.equal(kvs['FragmentSizeInBytes'], (payload as Buffer).length);
      }
      assert.equal(answers.all.at(-1)?.kvs['last'], true);
    });

    it('answers with the last minutes of a stream without retention, and says what it no longer has', async () => {
      const { answers, errors, completed, send } = await load(simulator.endpoint, { stream: 'unstored' });
      const asked = range(60, 2);
      send(asked);
      await completed.first();
      const [first] = answers.all;
      const begin = Number(first?.kvs['ProducerTimestamp']);
      assert.ok(begin < now - 3 * MINUTE && begin > now - 6 * MINUTE, `${now - begin} ms ago`);
      assert.equal(answers.all.at(-1)?.kvs['last'], true);
      assert.equal(errors.all.length, 1);
      const { payload } = await errors.first();
      assert.equal(payload.ErrorType, 'ArchiveIncomplete');
      assert.match(payload.message, /"unstored" no longer has the beginning/);
      assert.deepEqual(payload['gaps'], [{ from: asked.from, to: begin }]);
    });

    it('makes a clip of what is retained, and says that it is not all', async () => {
      const { answers, errors, completed, send } = await load(simulator.endpoint, {
        ...{ output: 'clip', stream: 'unstored' },
      });
      const asked = range(60, 2);
      send(asked);
      await completed.first();
      const { from, start, gaps, complete } = answers.all[0]?.kvs['clip'] as {
        from: number;
        start: number;
        gaps: { from: number; to: number }[];
        complete: boolean;
      };
      assert.deepEqual([from, complete], [asked.from, false]);
      assert.deepEqual(gaps[0], { from: asked.from, to: start });
      assert.deepEqual(
        errors.all.map(({ payload }) => payload.ErrorType),
        ['ArchiveIncomplete'],
      );
    });

    it('reports fragments that could not be read beside those that could', async () => {
      const stub = await new StubService().listen();
      try {
        const begin = now - 60 * MINUTE;
        const [first, lost] = [modelFragment(1, begin), modelFragment(2, begin + 2_000)];
        const listed = [first, lost].map((fragment) => ({
          ...{ FragmentNumber: fragment.FragmentNumber, FragmentSizeInBytes: fragment.FragmentSizeInBytes },
          ProducerTimestamp: fragment.ProducerTimestamp / 1_000,
          ServerTimestamp: fragment.ServerTimestamp / 1_000,
          FragmentLengthInMilliseconds: fragment.FragmentLengthInMilliseconds,
        }));
        stub.answers.set('/listFragments', json(200, { Fragments: listed }));
        const body = Buffer.concat([first.bytes, notFound(lost.FragmentNumber)]);
        stub.answers.set('/getMediaForFragmentList', reply(200, body));
        const { answers, errors, caught, completed, send } = await load(stub.url, {});
        send({ from: begin, to: begin + 5 * MINUTE });
        await completed.first();
        assert.deepEqual(numbers(answers.all), [first.FragmentNumber]);
        const [error] = errors.all;
        assert.equal(error?.payload.ErrorType, 'ArchiveIncomplete');
        assert.match(error.payload.message, /1 stored fragments of stream "hall" could not be read/);
        assert.deepEqual(error.payload['gaps'], [{ from: begin + 2_000, to: begin + 3_500 }]);
        assert.deepEqual(caught.all, []);
      } finally {
        await helper.unload();
        await stub.close();
      }
    });
  });

  describe('fragments', () => {
    it('answers with what is stored, and where the gaps are', async () => {
      const { answers, send } = await load(simulator.endpoint, { output: 'fragments', waitSeconds: 0 });
      const asked = { from: now - 25 * MINUTE, to: now - 10 * MINUTE };
      send(asked);
      const { payload, kvs } = await answers.first();
      const list = payload as {
        FragmentNumber: string;
        FragmentSizeInBytes: number;
        ProducerTimestamp: number;
      }[];
      assert.deepEqual(
        list.map(({ FragmentNumber }) => FragmentNumber),
        stored(asked.from, asked.to),
      );
      const [first] = list;
      assert.deepEqual(kvs['gaps'], [{ from: asked.from, to: first?.ProducerTimestamp }]);
      const coverage = kvs['coverage'] as readonly { from: number; to: number }[];
      assert.deepEqual(
        coverage.map(({ from }) => from),
        [first?.ProducerTimestamp],
      );
      // Lists leave out how long a fragment's last frame lasts, and the range may end within that frame.
      const open = asked.to - (coverage[0]?.to ?? 0);
      assert.ok(open >= 0 && open < 100, `${open} ms`);
      assert.equal(
        kvs['bytes'],
        list.reduce((sum, { FragmentSizeInBytes }) => sum + FragmentSizeInBytes, 0),
      );
      assert.equal(kvs['StreamName'], 'hall');
    });
  });

  for (const [where, stream] of [
    ['before the recording', 'hall'],
    ['of a stream that has nothing', 'empty'],
  ] as const) {
    it(`answers about fragments ${where} with an empty list, and the whole range as a gap`, async () => {
      const { answers, errors, send } = await load(simulator.endpoint, { output: 'fragments', stream });
      const { from, to } = range(50, 40);
      send({ from, to });
      const { payload, kvs } = await answers.first();
      assert.deepEqual(payload, []);
      assert.deepEqual(kvs, { StreamName: stream, coverage: [], gaps: [{ from, to }], bytes: 0 });
      assert.deepEqual(errors.all, []);
    });
  }

  describe('url', () => {
    for (const protocol of ['HLS', 'DASH'] as const) {
      it(`${protocol}: is asked for again where the service has failed`, async () => {
        simulator.faults.add({
          ...{ kind: 'http-error', operation: `Get${protocol}StreamingSessionURL`, times: 2 },
          ...{ ErrorType: 'ClientLimitExceededException', statusCode: 400 },
        });
        const { answers, errors, completed, send } = await load(simulator.endpoint, {
          ...{ output: 'url', protocol },
        });
        send(range(15, 10));
        await completed.first();
        assert.deepEqual(errors.all, []);
        assert.match(String(answers.all[0]?.payload), /^http/);
      });
    }

    it('answers with an address, which is in no status and in no log', async () => {
      const stub = await new StubService().listen();
      try {
        const address =
          'https://b-1.example/hls?SessionToken=CiAxMjM0NTY3ODkwYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo';
        stub.answers.set('/getHLSStreamingSessionURL', json(200, { HLSStreamingSessionURL: address }));
        const { answers, statuses, completed, send } = await load(stub.url, { output: 'url' });
        send({ ...range(10, 5), request: 'film' });
        const { payload, kvs, request } = await answers.first();
        await completed.first();
        assert.deepEqual([payload, request], [address, 'film']);
        const { protocol, expiresAt } = kvs['url'] as { protocol: string; expiresAt: number };
        assert.equal(protocol, 'HLS');
        assert.ok(Math.abs(expiresAt - Date.now() - 300_000) < 60_000);
        const logged = helper.log().args.map((line) => JSON.stringify(line));
        for (const text of [...logged, ...statuses.all.map((status) => JSON.stringify(status))]) {
          assert.ok(!text.includes('CiAxMjM0'), text);
        }
      } finally {
        await helper.unload();
        await stub.close();
      }
    });
  });

  describe('what bad input gets', () => {
    const bad: readonly [name: string, msg: () => object, ErrorType: string, message: RegExp][] = [
      [
        'no time',
        () => ({}),
        'InvalidInput',
        /msg\.at is missing\. It takes a time \(ISO 8601, or ms since 1970\)/,
      ],
      [
        'no end',
        () => ({ from: now }),
        'InvalidInput',
        /msg\.to is missing\. Like msg\.from, it takes a time/,
      ],
      [
        'a time in seconds',
        () => ({ at: Math.floor(now / 1_000) }),
        'NoMediaInRange',
        /is in 1970\. Times are in ms: multiply seconds by 1000/,
      ],
      ['a time that is none', () => ({ at: 'noon-ish' }), 'InvalidInput', /msg\.at must be a time/],
      [
        'from after to',
        () => ({ from: now, to: now - 1 }),
        'InvalidInput',
        /msg\.from must be before msg\.to/,
      ],
      ['an action that is none', () => ({ action: 'fetch' }), 'InvalidInput', /get, cancel or ack/],
      ['cancel of nothing', () => ({ action: 'cancel', request: 'x' }), 'InvalidInput', /nothing to cancel/],
      [
        'an acknowledgement of nothing',
        () => ({ action: 'ack', kvs: { FragmentNumber: '7' } }),
        'InvalidInput',
        /no running request/,
      ],
      [
        'a stream that does not exist',
        () => ({ ...range(9, 8), stream: 'nowhere' }),
        'ResourceNotFoundException',
        /nowhere/,
      ],
      [
        'a stream that has nothing',
        () => ({ ...range(15, 8), stream: 'empty' }),
        'NoMediaInRange',
        /"empty" has no media/,
      ],
      ['a range without media', () => ({ ...range(50, 40) }), 'NoMediaInRange', /"hall" has no media/],
      [
        'a range beyond retention',
        () => ({ ...range(600, 590) }),
        'InvalidArgumentException',
        /outside of the stream retention period/,
      ],
    ];
    for (const [name, msg, ErrorType, message] of bad) {
      it(`${name}: an error that says so, for output 2 and Catch nodes`, async () => {
        const { answers, errors, caught, send } = await load(simulator.endpoint, { waitSeconds: 1 });
        send({ ...msg(), mine: 'kept' });
        const error = await errors.first();
        assert.equal(error.payload.ErrorType, ErrorType);
        assert.match(error.payload.message, message);
        assert.equal(error.payload.action, 'skip');
        assert.equal((error as unknown as { mine: string }).mine, 'kept');
        const { error: raised } = (await caught.first()) as NodeMessage & { error?: { message: string } };
        assert.match(raised?.message ?? '', message);
        assert.deepEqual(answers.all, []);
      });
    }

    it('leaves other requests alone', async () => {
      const { answers, errors, completed, send } = await load(simulator.endpoint, {});
      const asked = range(15, 13);
      send(asked);
      send({ at: 'never' });
      await completed.first();
      assert.equal(errors.all.length, 1);
      assert.deepEqual(numbers(answers.all), stored(asked.from, asked.to));
    });

    it('lets two requests run and 100 wait, and refuses the next', async () => {
      const { answers, errors, statuses, completed, send } = await load(simulator.endpoint, {
        maxInFlight: 1,
      });
      for (let request = 0; request < 103; request += 1) {
        send({ ...range(10, 9), request: String(request) });
      }
      const { payload, request } = await errors.first();
      assert.deepEqual([payload.ErrorType, request], ['QueueFull', '102']);
      await answers.count(2);
      assert.deepEqual(answers.all.map((answer) => answer['request']).sort(), ['0', '1']);
      await statuses.first(({ fill, text }) => fill === 'yellow' && text === 'waiting for acks');
      send({ action: 'cancel', request: '50' });
      await errors.first((error) => error.request === '50' && error.payload.ErrorType === 'Cancelled');
      send({ action: 'cancel' });
      await errors.count(103);
      assert.equal(errors.all.filter((error) => error.payload.ErrorType === 'Cancelled').length, 102);
      assert.equal(completed.all.length, 2, 'the two that cancelled');
    });
  });

  it('says what is wrong with its settings, and refuses requests', async () => {
    const { errors, caught, send } = await load(simulator.endpoint, { output: 'film' });
    send({ at: now });
    assert.equal((await errors.first()).payload.ErrorType, 'InvalidInput');
    await caught.first();
  });

  it('shows a state that flows can read', async () => {
    const { statuses, completed, send } = await load(simulator.endpoint, {});
    send(range(10, 9));
    await completed.first();
    const states = async (state: string) =>
      statuses.first((status) => (status as { kvs?: { state?: string } }).kvs?.state === state);
    await states('idle');
    send({ at: 'never' });
    assert.equal((await states('failed')).text, 'InvalidInput');
  });

  it('shows what it retries while the service is away, and that it works again', async () => {
    const { statuses, completed, send } = await load(simulator.endpoint, { output: 'fragments' });
    const failure = { ErrorType: 'InternalFailure', statusCode: 500 } as const;
    simulator.faults.add({ kind: 'http-error', operation: 'ListFragments', ...failure, times: 'always' });
    send(range(10, 9));
    const { fill, text, kvs } = (await statuses.first(
      (status) => (status as { kvs?: KvsState }).kvs?.ErrorType !== undefined,
    )) as NodeStatus & { kvs: KvsState };
    assert.deepEqual(
      [fill, text, kvs.state, kvs.ErrorType],
      ['yellow', 'InternalFailure', 'working', 'InternalFailure'],
    );
    simulator.faults.clear();
    await completed.first();
    assert.equal(
      (await statuses.first((status) => status !== statuses.all[0] && status.fill === 'grey')).text,
      'idle',
    );
  });
});
