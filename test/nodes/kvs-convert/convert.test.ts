import assert from 'node:assert/strict';
import { english, inEnglish } from '../../../testing/texts';
import helper from 'node-red-node-test-helper';
import type { NodeMessage, NodeStatus } from 'node-red';
import kvsConvert from '../../../nodes/kvs-convert/kvs-convert';
import { AVCC, pictures, smallChunk, videoEntry } from '../../convert/small-streams';
import { rotatedCamera } from '../../convert/rotated';
import { assertDecodes, needsFfmpeg, stream, streamsOf } from '../../convert/streams';
import { Inbox, type ErrorMessage } from '../../../testing/helper-flow';

interface MediaMessage extends NodeMessage {
  readonly payload: unknown;
  readonly kvs: Readonly<Record<string, unknown>> & { readonly format: Readonly<Record<string, unknown>> };
}

interface ConvertFlow {
  readonly media: Inbox<MediaMessage>;
  readonly errors: Inbox<ErrorMessage>;
  readonly statuses: Inbox<NodeStatus>;
  readonly done: Inbox<NodeMessage>;
  readonly input: (msg: Record<string, unknown>) => void;
}

async function loadConvert(properties: object): Promise<ConvertFlow> {
  const place = { z: 'tab', x: 1, y: 1 };
  const nodes = [
    { id: 'tab', type: 'tab', label: 'test' },
    { id: 'convert', type: 'kvs-convert', ...place, ...properties, wires: [['out'], ['err']] },
    { id: 'out', type: 'helper', ...place, wires: [] },
    { id: 'err', type: 'helper', ...place, wires: [] },
    { id: 'complete', type: 'complete', ...place, scope: ['convert'], wires: [['done']] },
    { id: 'done', type: 'helper', ...place, wires: [] },
  ];
  await helper.load(inEnglish(kvsConvert), nodes);
  const flow = {
    media: new Inbox<MediaMessage>(),
    errors: new Inbox<ErrorMessage>(),
    statuses: new Inbox<NodeStatus>(),
    done: new Inbox<NodeMessage>(),
  };
  helper.getNode('out').on('input', (msg) => {
    flow.media.push(msg as MediaMessage);
  });
  helper.getNode('err').on('input', (msg) => {
    flow.errors.push(msg as ErrorMessage);
  });
  helper.getNode('done').on('input', (msg) => {
    flow.done.push(msg);
  });
  const node = helper.getNode('convert');
  node.on('call:status' as 'close', (call: unknown) => {
    flow.statuses.push((call as { args: [NodeStatus] }).args[0]);
  });
  return {
    ...flow,
    input: (msg) => {
      node.receive(msg);
    },
  };
}

function good(number: number, at = number * 120): Buffer {
  return smallChunk({ number, at, tracks: [videoEntry(AVCC)], blocks: pictures(3) });
}

describe('the node kvs-convert', () => {
  before(() => {
    helper.init(require.resolve('node-red'));
  });

  afterEach(async () => {
    await helper.unload();
  });

  it('keeps what a message says, and adds what its media is', async () => {
    const { input, media, done } = await loadConvert({ to: 'mp4' });
    input({
      topic: 'door',
      extra: 'kept',
      payload: good(1),
      kvs: { StreamName: 'door', FragmentNumber: '1', RequestId: 'r', sequence: 4 },
    });
    const [init, piece] = await media.count(2);
    await done.first();
    assert.deepEqual([init?.topic, piece?.topic], ['door', 'door']);
    assert.equal((piece as { extra?: unknown }).extra, 'kept');
    const { format, ...kvs } = piece?.kvs ?? { format: {} };
    assert.deepEqual(kvs, {
      StreamName: 'door',
      FragmentNumber: '1',
      ProducerTimestamp: 120,
      ServerTimestamp: 120,
      RequestId: 'r',
      sequence: 4,
    });
    assert.equal(format['mimeType'], 'video/mp4; codecs="avc1.42c00d"');
    assert.equal(init?.kvs.format['init'], true);
    assert.notEqual(init.kvs, piece?.kvs);
    assert.ok(Buffer.isBuffer(piece?.payload));
  });

  it('has the defaults of its properties where a flow leaves them out', async () => {
    const { input, media } = await loadConvert({});
    input({ payload: good(1) });
    const { kvs } = await media.first();
    assert.match(String(kvs.format['mimeType']), /^video\/mp4/);
  });

  it('sends errors in the shape of kvs-get-media', async () => {
    const { input, errors, media } = await loadConvert({ to: 'mkv' });
    input({
      topic: 'door',
      payload: Buffer.from('no chunk'),
      kvs: { StreamName: 'door', FragmentNumber: '7', ContinuationToken: 't', tags: {} },
    });
    input({ topic: 'door', payload: Buffer.from('no chunk either') });
    input({ topic: 'door', payload: good(1) });
    const [first, second] = await errors.count(2);
    const { message, ...payload } = first?.payload ?? { message: '' };
    assert.match(message, /byte 0/);
    assert.deepEqual(payload, {
      ErrorType: 'MalformedMedia',
      RequestId: null,
      operation: 'Convert',
      statusCode: null,
      retryable: false,
      action: 'skip',
      attempt: 1,
    });
    assert.equal(first?.topic, 'door');
    assert.deepEqual(first.kvs, { StreamName: 'door', FragmentNumber: '7', ContinuationToken: 't' });
    assert.equal(second?.payload.ErrorType, 'MalformedMedia');
    await media.count(2);
  });

  it('keeps its log short where every other chunk is bad, and counts them when it is closed', async () => {
    const { input, errors, done } = await loadConvert({ to: 'mkv' });
    const lines: string[] = [];
    const line = (text: unknown): void => {
      lines.push(String(text));
    };
    Object.assign(helper.getNode('convert'), { warn: line, log: line });
    for (let i = 0; i < 20; i++) {
      input({ payload: Buffer.from('no chunk') });
      input({ payload: good(i + 1) });
    }
    await errors.count(20);
    await done.count(40);
    assert.equal(lines.length, 2, lines.join('\n'));
    await helper.unload();
    assert.match(lines[2] ?? '', /^MalformedMedia occurred again since the last log line \(19 times\)/);
  });

  it('refuses what is no chunk message, and goes on', async () => {
    const { input, errors, media } = await loadConvert({ to: 'mp4' });
    for (const msg of [
      { payload: 'text' },
      { payload: null },
      {},
      { payload: good(1), action: 'stop' },
      { payload: Buffer.from([1]), kvs: { frame: { index: 0 } } },
    ]) {
      input(msg);
    }
    input({ payload: good(1) });
    const refused = await errors.count(5);
    assert.deepEqual(
      refused.map(({ payload }) => payload.ErrorType),
      Array.from({ length: 5 }, () => 'InvalidInput'),
    );
    assert.match(refused[4]?.payload.message ?? '', /chunks/);
    await media.count(2);
  });

  it('says so where a message cannot be read, and takes the next one', async () => {
    const { input, media, errors } = await loadConvert({ to: 'info' });
    input({
      get payload(): Buffer {
        throw new Error('no such member');
      },
    });
    const { payload } = await errors.next();
    assert.deepEqual(payload.message, english.text('input.unreadable'));
    input({ payload: good(2), kvs: { StreamName: 'demo' } });
    await media.next();
  });

  it('tells streams apart', async () => {
    const { input, media, errors } = await loadConvert({ to: 'mp4' });
    for (let i = 1; i <= 3; i++) {
      input({ topic: 'one', payload: good(i) });
      input({ topic: 'two', payload: good(i, 90_000 - i * 120) });
    }
    await errors.count(2);
    const all = await media.count(8);
    const ofStream = (topic: string): (string | number)[] =>
      all
        .filter((msg) => msg.topic === topic)
        .map(({ kvs: { format } }) =>
          format['init'] === true ? 'init' : Math.round(Number(format['startMs'])),
        );
    assert.deepEqual(ofStream('one'), ['init', 0, 120, 240]);
    assert.deepEqual(ofStream('two'), ['init', 0, 120, 240]);
    assert.deepEqual(
      errors.all.map(({ topic, payload }) => [topic, payload.ErrorType]),
      [
        ['two', 'TimeWentBack'],
        ['two', 'TimeWentBack'],
      ],
    );
  });

  it('ends a file when told to', async () => {
    const { input, media } = await loadConvert({ to: 'mp4' });
    input({ payload: good(1), kvs: { StreamName: 'door' } });
    input({ action: 'reset' });
    input({ payload: good(2), kvs: { StreamName: 'door' } });
    const all = await media.count(5);
    const [, before, reset] = all.map(({ kvs }) => kvs as Record<string, unknown>);
    assert.equal(typeof before?.['FragmentNumber'], 'string');
    assert.deepEqual(
      [reset?.['StreamName'], reset?.['FragmentNumber']],
      ['door', before?.['FragmentNumber']],
      'which file ends',
    );
    assert.deepEqual(
      all.map(({ payload, kvs: { format } }) =>
        format['init'] === true ? 'init' : (payload as Buffer).length === 0 ? 'reset' : 'media',
      ),
      ['init', 'media', 'reset', 'init', 'media'],
    );
  });

  it('describes chunks', async () => {
    const { input, media } = await loadConvert({ to: 'info' });
    input({ payload: good(1) });
    const { payload } = await media.first();
    assert.deepEqual((payload as { codecs: unknown }).codecs, ['avc1.42c00d']);
  });

  it('takes the tracks that it is told to', async () => {
    const { input, errors } = await loadConvert({ to: 'mp4', tracks: 'audio, 7' });
    input({ payload: good(1) });
    assert.equal((await errors.first()).payload.ErrorType, 'NoSuchTrack');
  });

  it('does nothing with settings that are none, and says so', async () => {
    const { input, errors } = await loadConvert({ to: 'film' });
    input({ payload: good(1) });
    const { payload } = await errors.first();
    assert.equal(payload.ErrorType, 'InvalidInput');
    assert.match(payload.message, /to: not one of the output formats/);
  });

  it('makes pictures of key frames with the ffmpeg of the machine', async function () {
    needsFfmpeg(this);
    const { input, media } = await loadConvert({ to: 'jpeg', intervalSeconds: 4 });
    for (const payload of stream('h264')) {
      input({ topic: 'door', payload });
    }
    const all = await media.count(2);
    for (const { payload, kvs } of all) {
      assert.ok(Buffer.isBuffer(payload));
      assert.equal(payload.readUInt16BE(0), 0xffd8);
      assertDecodes(payload, '-f', 'mjpeg');
      const { mimeType, width, height } = kvs.format;
      assert.deepEqual([mimeType, width, height], ['image/jpeg', 320, 240]);
    }
  });

  it('makes pictures with square pixels, and upright', async function () {
    needsFfmpeg(this);
    const { input, media } = await loadConvert({ to: 'jpeg', intervalSeconds: 10 });
    input({ topic: 'gate', payload: rotatedCamera() });
    const { payload, kvs } = await media.first();
    const { width, height, rotation, displayWidth } = kvs.format;
    assert.deepEqual([width, height, rotation, displayWidth], [576, 768, undefined, undefined]);
    assert.ok(Buffer.isBuffer(payload));
    const [shown] = streamsOf(payload, '-f', 'mjpeg');
    assert.deepEqual([shown?.['width'], shown?.['height']], [576, 768]);
  });

  it('has a status that says what it converts to, or why it cannot', async () => {
    const { input, statuses } = await loadConvert({ to: 'mp4' });
    input({ payload: good(1) });
    const green = await statuses.first((status) => typeof status === 'object' && status.fill === 'green');
    assert.deepEqual(withoutTime(green), {
      ...{ fill: 'green', shape: 'dot', text: 'avc1.42c00d 320x240' },
      kvs: { state: 'converting' },
    });
    input({ payload: Buffer.from('rubbish') });
    const red = await statuses.first((status) => typeof status === 'object' && status.fill === 'red');
    assert.deepEqual(withoutTime(red), {
      ...{ fill: 'red', shape: 'ring', text: 'MalformedMedia' },
      kvs: { state: 'failed', ErrorType: 'MalformedMedia' },
    });
  });
});

function withoutTime(status: object): object {
  const { kvs, ...rest } = status as { kvs: { since?: number } };
  const { since, ...state } = kvs;
  assert.equal(typeof since, 'number');
  return { ...rest, kvs: state };
}
