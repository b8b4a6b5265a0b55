import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Simulator, type SimulatedStream } from '../../../src/simulator';
import { loadFlow, type HelperFlow, type HelperFlowOptions } from '../../../testing/helper-flow';

const EARLIEST = { startSelectorType: 'EARLIEST' };
/** The memory of a chunk is sized by the last one: at most an eighth of it stays unused. */
const MOST_MEMORY = 9 / 8;

describe('kvs-get-media', () => {
  let simulator: Simulator;
  let stream: SimulatedStream;
  let flow: HelperFlow | undefined;
  let streams = 0;

  before(async () => {
    simulator = new Simulator({ idleEndMs: 100, callsPerSecond: 1_000 });
    await simulator.start();
  });
  after(async () => {
    await simulator.stop();
  });
  beforeEach(() => {
    // A stream of its own for each test, since a node's place is remembered by its id and stream.
    stream = simulator.addStream({ name: `stream-${streams++}`, live: false, profile: 'aws-sdk' });
  });
  afterEach(async () => {
    await flow?.unload();
    flow = undefined;
    simulator.faults.clear();
  });

  async function load(options: Partial<HelperFlowOptions> = {}): Promise<HelperFlow> {
    flow = await loadFlow({ endpoint: simulator.endpoint, stream: stream.name, ...options });
    return flow;
  }

  const numbers = (messages: readonly { readonly kvs: { readonly FragmentNumber: string } }[]): string[] =>
    messages.map(({ kvs }) => kvs.FragmentNumber);
  const produced = (): string[] => stream.fragments.map(({ FragmentNumber }) => FragmentNumber ?? '');

  async function closed(): Promise<void> {
    while (simulator.stats.streams[stream.name]?.openConnections !== 0) {
      await once(simulator, 'connection');
    }
  }

  it('sends each chunk once and in order, the bytes as the service sent them', async () => {
    stream.produce(5);
    const sent = new Map<string, Buffer>();
    simulator.on('chunkSent', ({ FragmentNumber, bytes }) => sent.set(FragmentNumber ?? '', bytes()));
    const { media, errors } = await load({ properties: EARLIEST });
    await media.count(5);
    stream.produce(2);
    const messages = await media.count(7);
    assert.deepEqual(numbers(messages), produced());
    assert.deepEqual(
      messages.map(({ kvs }) => kvs.sequence),
      [0, 1, 2, 3, 4, 5, 6],
    );
    for (const { topic, payload, kvs } of messages) {
      assert.equal(topic, stream.name);
      assert.ok(payload.equals(sent.get(kvs.FragmentNumber) ?? Buffer.alloc(0)));
      assert.ok(
        payload.buffer.byteLength <= payload.byteLength * MOST_MEMORY,
        'hardly more memory than bytes',
      );
    }
    assert.equal(
      new Set(messages.map(({ payload }) => payload.buffer)).size,
      messages.length,
      'memory of its own',
    );
    assert.deepEqual(errors.all, []);
  });

  it('gives every message objects of its own', async () => {
    stream.produce(2);
    const { media } = await load({ properties: EARLIEST });
    const [a, b] = await media.count(2);
    assert.notEqual(a?.kvs['tracks'], b?.kvs['tracks']);
    assert.notEqual((a?.kvs['tracks'] as unknown[])[0], (b?.kvs['tracks'] as unknown[])[0]);
    assert.notEqual(a?.kvs['tags'], b?.kvs['tags']);
  });

  it('takes a stream ARN and says so in its messages', async () => {
    stream.produce(1);
    const { media } = await load({ properties: { ...EARLIEST, stream: stream.arn } });
    const [message] = await media.count(1);
    assert.ok(message !== undefined);
    assert.equal(message.topic, stream.name);
    assert.equal(message.kvs['StreamARN'], stream.arn);
  });

  it('comes back when the service ends the response, with no error and no chunk lost', async () => {
    stream.produce(1);
    const { media, errors } = await load({ properties: EARLIEST });
    await media.count(1);
    for (let ends = 0; ends < 2; ends++) {
      await closed();
    }
    stream.produce(3);
    assert.deepEqual(numbers(await media.count(4)), produced());
    assert.deepEqual(errors.all, []);
  });

  describe('with an end', () => {
    it('says that it is complete, shows "done", and begins again only when told to', async () => {
      stream.produce(4);
      const bound = { untilType: 'chunks', untilValue: '2' };
      const { media, errors, statuses, input } = await load({ properties: { ...EARLIEST, ...bound } });
      const messages = await media.count(3);
      assert.deepEqual(numbers(messages.slice(0, 2)), produced().slice(0, 2));
      const { topic, complete, kvs, payload } = messages[2] as (typeof messages)[0] & { complete?: unknown };
      assert.deepEqual(
        { topic, complete, kvs, payload },
        {
          ...{ topic: stream.name, complete: true, payload: undefined },
          kvs: {
            ...{ StreamName: stream.name, reason: 'until', chunks: 2 },
            FragmentNumber: produced()[1],
          },
        },
      );
      await statuses.first(({ text, fill }) => text === 'done' && fill === 'grey');
      await closed();
      input({ action: 'resume' });
      input({ action: 'start' });
      const all = await media.count(6);
      assert.deepEqual(numbers(all.slice(3, 5)), produced().slice(2));
      assert.deepEqual(errors.all, []);
    });

    it('takes the end of a message in place of its own', async () => {
      stream.produce(4);
      const { media, input } = await load({
        properties: { ...EARLIEST, autoStart: false, untilType: 'chunks', untilValue: '1' },
      });
      input({ action: 'start', until: { FragmentNumber: produced()[2] } });
      const messages = await media.count(4);
      assert.deepEqual(numbers(messages.slice(0, 3)), produced().slice(0, 3));
      assert.equal(messages[3]?.kvs['chunks'], 3);
    });

    it('refuses an end that is none, and leaves the session as it is', async () => {
      stream.produce(1);
      const { media, errors, input } = await load({ properties: EARLIEST });
      await media.count(1);
      input({ action: 'start', until: { chunks: 'many' } });
      const { payload } = await errors.first();
      assert.match(payload.message, /msg\.until\.chunks must be a whole number from 1/);
      stream.produce(1);
      assert.deepEqual(numbers(await media.count(2)), produced());
    });
  });

  it('does not begin at deploy where that is off, but when it is told to', async () => {
    stream.produce(1);
    const { media, statuses, input } = await load({ properties: { ...EARLIEST, autoStart: false } });
    assert.equal((await statuses.first()).text, 'stopped');
    input({ action: 'start' });
    await media.count(1);
  });

  it('begins where a message says, on the stream that it names', async () => {
    stream.produce(5);
    const [, , third = '', ...later] = produced();
    const { media, input } = await load({ properties: { autoStart: false, stream: 'another' } });
    input({
      action: 'start',
      stream: stream.name,
      startSelector: { StartSelectorType: 'FRAGMENT_NUMBER', AfterFragmentNumber: third },
    });
    assert.deepEqual(numbers(await media.count(2)), later);
  });

  it('says nothing of checkpoints where messages choose another stream, and then the configured one again', async () => {
    const other = simulator.addStream({ name: `${stream.name}-other`, live: false, profile: 'aws-sdk' });
    stream.produce(1);
    other.produce(1);
    const { media, errors, input } = await load({ properties: EARLIEST });
    await media.count(1);
    input({ action: 'start', stream: other.name });
    await media.count(2);
    input({ action: 'start' });
    await media.count(3);
    assert.deepEqual(
      media.all.map(({ topic }) => topic),
      [stream.name, other.name, stream.name],
    );
    assert.deepEqual(errors.all, []);
  });

  it('stops, frees its connection, and continues after the last chunk when started again', async () => {
    stream.produce(2);
    const { media, statuses, input } = await load({ properties: EARLIEST });
    await media.count(2);
    input({ action: 'stop' });
    await statuses.first(({ text }) => text === 'stopped');
    await closed();
    stream.produce(2);
    input({ action: 'start' });
    const messages = await media.count(4);
    assert.deepEqual(numbers(messages), produced());
    assert.deepEqual(
      messages.map(({ kvs }) => kvs.sequence),
      [0, 1, 0, 1],
    );
  });

  it('begins anew where the settings say when its place has been reset', async () => {
    stream.produce(2);
    const { media, input } = await load({ properties: EARLIEST });
    await media.count(2);
    input({ action: 'stop' });
    input({ action: 'reset' });
    input({ action: 'start' });
    assert.deepEqual(numbers(await media.count(4)), [...produced(), ...produced()]);
  });

  it('pauses and resumes with nothing lost', async () => {
    stream.produce(1);
    const { media, statuses, input } = await load({ properties: EARLIEST });
    await media.count(1);
    input({ action: 'pause' });
    await statuses.first(({ text }) => text === 'paused');
    stream.produce(3);
    assert.equal(media.all.length, 1);
    input({ action: 'resume' });
    assert.deepEqual(numbers(await media.count(4)), produced());
  });

  it('continues after the last chunk after a redeploy', async () => {
    stream.produce(2);
    const first = await load({ properties: EARLIEST });
    await first.media.count(2);
    await first.unload();
    await closed();
    stream.produce(2);
    const second = await load({ properties: EARLIEST });
    assert.deepEqual(numbers(await second.media.count(2)), produced().slice(2));
  });

  it('begins where the settings say after a redeploy where resuming is off', async () => {
    stream.produce(2);
    const properties = { ...EARLIEST, resume: false };
    const first = await load({ properties });
    await first.media.count(2);
    await first.unload();
    const second = await load({ properties });
    assert.deepEqual(numbers(await second.media.count(2)), produced());
  });

  it('frees its connection when it is closed', async () => {
    stream.produce(1);
    const { media, unload } = await load({ properties: EARLIEST });
    await media.count(1);
    await unload();
    await closed();
  });

  it('has no more messages out than may be, and goes on as they are acknowledged', async () => {
    stream.produce(5);
    const { media, statuses, input } = await load({ properties: { ...EARLIEST, maxInFlight: 2 } });
    const [first, second] = await media.count(2);
    await statuses.first(({ text }) => text === 'waiting for acks');
    assert.equal(media.all.length, 2);
    input({ ...second, action: 'ack' });
    await media.count(3);
    input({ ...first, action: 'ack' });
    await media.count(4);
    const [, , third, fourth] = media.all;
    input({ ...third, action: 'ack' });
    input({ ...fourth, action: 'ack' });
    assert.deepEqual(numbers(await media.count(5)), produced());
  });

  it('after a redeploy begins again behind the last chunk up to which all was acknowledged', async () => {
    stream.produce(4);
    const properties = { ...EARLIEST, maxInFlight: 3 };
    const first = await load({ properties });
    const [one, two, three] = await first.media.count(3);
    first.input({ ...one, action: 'ack' });
    first.input({ ...three, action: 'ack' });
    await first.media.count(4);
    await first.unload();
    assert.ok(two !== undefined);
    const second = await load({ properties });
    assert.deepEqual(numbers(await second.media.count(3)), produced().slice(1));
  });

  it('reports an acknowledgement that is overdue once, and goes on holding', async () => {
    stream.produce(2);
    const { errors, media } = await load({
      properties: { ...EARLIEST, maxInFlight: 1, ackTimeoutSeconds: 1 },
    });
    const { payload } = await errors.first();
    assert.equal(payload.ErrorType, 'AckTimeout');
    assert.equal(payload.action, 'ignore');
    assert.equal(media.all.length, 1);
  });

  it('reports a stream that has fallen silent, and once more, with how long it was, when media flow again', async () => {
    stream.produce(1);
    const { errors, media } = await load({ properties: { ...EARLIEST, silentSeconds: 1 } });
    await media.count(1);
    const { payload } = await errors.first();
    assert.deepEqual(
      [payload.ErrorType, payload.action, payload['silentMs']],
      ['StreamSilent', 'ignore', undefined],
    );
    stream.produce(1);
    const [, again] = await errors.count(2);
    assert.equal(again?.payload.ErrorType, 'StreamSilent');
    assert.ok(Number(again.payload['silentMs']) >= 1_000);
  });

  it('shares what is the same in the frame messages of a chunk, frozen; the rest is each message’s own', async () => {
    stream.produce(1);
    const { media } = await load({ properties: { ...EARLIEST, emit: 'frame', tracks: 'video' } });
    const [a, b] = await media.count(2);
    assert.ok(a !== undefined && b !== undefined);
    const [one, other] = [a, b].map(
      ({ kvs }) => kvs as unknown as { tags: object; frame: { track: object } },
    );
    assert.ok(one !== undefined && other !== undefined);
    assert.equal(one.tags, other.tags);
    assert.equal(one.frame.track, other.frame.track);
    assert.ok(Object.isFrozen(one.tags) && Object.isFrozen(one.frame.track));
    assert.notEqual(one, other);
    assert.notEqual(one.frame, other.frame);
    assert.ok(!Object.isFrozen(one) && !Object.isFrozen(one.frame));
  });

  it('sends a message for each frame as soon as it has arrived, in frame mode', async () => {
    const { media } = await load({ properties: { ...EARLIEST, emit: 'frame', tracks: 'video' } });
    for (let frame = 0; frame < 6; frame++) {
      stream.produceFrame();
    }
    const [first] = await media.count(1);
    assert.ok(first !== undefined);
    const { frame, ...kvs } = first.kvs as unknown as {
      frame: { track: { type: string }; index: number; timestamp: number; keyframe: boolean };
      FragmentNumber: string;
      ProducerTimestamp: number;
    };
    assert.equal(frame.track.type, 'video');
    assert.equal(frame.keyframe, true);
    assert.equal(frame.timestamp, kvs.ProducerTimestamp);
    assert.equal(kvs.FragmentNumber, produced()[0]);
    assert.equal(stream.fragments[0]?.complete, false, 'the chunk is still being produced');
  });

  const inputs: readonly [name: string, msg: Record<string, unknown>][] = [
    ['an unknown action', { action: 'dance' }],
    ['no action', { payload: 1 }],
    ['a malformed start selector', { action: 'start', startSelector: { StartSelectorType: 'LATER' } }],
    [
      'an acknowledgement of a chunk that was never sent',
      { action: 'ack', kvs: { FragmentNumber: '9'.repeat(60) } },
    ],
    [
      'a stream of another region',
      { action: 'start', stream: 'arn:aws:kinesisvideo:eu-west-1:111122223333:stream/demo/1700000000000' },
    ],
    [
      'an acknowledgement for another stream',
      { action: 'ack', kvs: { StreamName: 'x', FragmentNumber: '1' } },
    ],
  ];
  for (const [name, msg] of inputs) {
    it(`refuses ${name}, and the session goes on as it was`, async () => {
      stream.produce(1);
      const { media, errors, input } = await load({ properties: { ...EARLIEST, maxInFlight: 10 } });
      const [before] = await media.count(1);
      input(msg);
      const { payload, kvs } = await errors.first();
      assert.equal(payload.ErrorType, 'InvalidInput');
      assert.equal(payload['operation'], 'Input');
      assert.equal(payload.action, 'ignore');
      assert.equal(kvs['FragmentNumber'], before?.kvs.FragmentNumber);
      stream.produce(1);
      const [, after] = await media.count(2);
      assert.equal(after?.kvs.sequence, 1);
    });
  }

  it('continues after the last whole chunk when the connection is cut, and says so', async () => {
    stream.produce(6);
    simulator.faults.add({ kind: 'cut', stream: stream.name, midChunk: 2 });
    const { media, errors } = await load({ properties: EARLIEST });
    assert.deepEqual(numbers(await media.count(6)), produced());
    const { payload } = await errors.first();
    assert.equal(payload.ErrorType, 'NetworkError');
    assert.equal(payload['code'], 'ECONNRESET');
    assert.equal(payload.action, 'retry');
  });

  it('asks for the new endpoint when the stream has moved', async () => {
    stream.produce(3);
    simulator.faults.add({ kind: 'moved-endpoint', stream: stream.name });
    const { media, errors } = await load({ properties: EARLIEST });
    assert.deepEqual(numbers(await media.count(3)), produced());
    assert.equal((await errors.first()).payload.ErrorType, 'InvalidEndpointException');
  });

  it('falls back when the service no longer knows its place, and says what that may have cost', async () => {
    stream.produce(2);
    const { media, errors, input } = await load({ properties: EARLIEST });
    await media.count(2);
    input({ action: 'stop' });
    stream.produce(2);
    stream.forget();
    stream.produce(2);
    input({ action: 'start' });
    const [, , third, fourth] = await media.count(4);
    assert.deepEqual([third?.kvs.FragmentNumber, fourth?.kvs.FragmentNumber], produced());
    const gap = await errors.first(({ payload }) => payload.ErrorType === 'FragmentGap');
    assert.equal(gap.payload['FragmentNumber'], third?.kvs.FragmentNumber);
    assert.equal(gap.payload.action, 'ignore');
  });
});
