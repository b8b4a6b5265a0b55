import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { seededRandom } from '../../../src/simulator/random';
import { Simulator, type SimulatedStream } from '../../../src/simulator';
import { loadFleet, type FleetFlow } from '../../../testing/fleet-flow';
import type { MediaMessage } from '../../../testing/helper-flow';

/** Calls that come and go; more on demand: `KVS_CALLS=2000`. */
const CALLS = Number(process.env['KVS_CALLS'] ?? 50);
/** Minutes that they take, while all that run have media; none by default, on demand: `KVS_CALL_MINUTES=10`. */
const CALL_MINUTES = Number(process.env['KVS_CALL_MINUTES'] ?? 0);
/** Streams that begin at once; more on demand: `KVS_STREAMS=500`, and `--reporter spec` says how long that took. */
const STREAMS = Number(process.env['KVS_STREAMS'] ?? 20);
const SEED = Number(process.env['KVS_SEED'] ?? 20_261_128);

const EARLIEST = { startSelectorType: 'EARLIEST' };

describe('kvs-fleet', function () {
  this.timeout(Math.max(60_000, CALLS * 1_000, STREAMS * 500) + CALL_MINUTES * 90_000);
  let simulator: Simulator;
  let flow: FleetFlow;

  beforeEach(async () => {
    simulator = new Simulator({ idleEndMs: 50, callsPerSecond: 1_000 });
    await simulator.start();
  });
  afterEach(async () => {
    await flow.unload();
    await simulator.stop();
  });

  function stream(name: string, fragments = 0): SimulatedStream {
    const added = simulator.addStream({ name, live: false, profile: 'aws-sdk' });
    added.produce(fragments);
    return added;
  }

  const numbersOf = ({ fragments }: SimulatedStream): string[] =>
    fragments.map(({ FragmentNumber }) => FragmentNumber ?? '');
  const sentOf = (name: string): string[] =>
    flow.media.all.filter(({ topic }) => topic === name).map(({ kvs }) => kvs.FragmentNumber);
  const ack = ({ kvs }: MediaMessage): void => {
    flow.input({ action: 'ack', kvs });
  };

  it('reads all streams whose names begin so, each chunk exactly once, less those excluded', async () => {
    const streams = Array.from({ length: 24 }, (_, index) => stream(`cam.${index}`, 3));
    stream('cam.test', 3);
    stream('other', 3);
    flow = await loadFleet(simulator.endpoint, { ...EARLIEST, streams: 'cam.', exclude: '*.test' });
    await flow.media.count(72);
    streams.forEach((each) => {
      each.produce(1);
    });
    await flow.media.count(96);
    for (const each of streams) {
      assert.deepEqual(sentOf(each.name), numbersOf(each), each.name);
    }
    assert.equal(flow.media.all.length, 96);
    assert.deepEqual(flow.errors.all, []);
    const found = flow.events.all.filter(({ payload }) => payload.event === 'found');
    assert.equal(found.length, 24);
    const { kvs } = flow.media.all[0] ?? assert.fail();
    const { name, member, leaseEpoch } = kvs['fleet'] as Record<string, unknown>;
    assert.deepEqual([name, member, leaseEpoch], ['default', found[0]?.payload['member'], 1]);
    assert.ok(typeof kvs['StreamARN'] === 'string');
  });

  it('finds new streams when it is asked to, and reports figures and its status', async () => {
    stream('cam-1', 2);
    flow = await loadFleet(simulator.endpoint, { ...EARLIEST, streams: 'cam-' });
    await flow.media.count(2);
    const added = stream('cam-2', 2);
    flow.input({ action: 'discover' });
    await flow.media.count(4);
    assert.deepEqual(sentOf('cam-2'), numbersOf(added));
    flow.input({ action: 'status' });
    const { payload } = await flow.events.first((event) => event.payload.event === 'stats');
    assert.deepEqual((payload['streams'] as Record<string, unknown>)['all'], 2);
    assert.equal(payload['members'], 1);
    const { text } = await flow.statuses.first((status) => status.text?.startsWith('2/2 ') === true);
    assert.match(text ?? '', /^2\/2 [\d.]+[kMG]b\/s$/);
  });

  it('continues every stream after a deploy where it stopped', async () => {
    const streams = ['a.b', 'a', 'a-'].map((name) => stream(name, 2));
    flow = await loadFleet(simulator.endpoint, EARLIEST);
    await flow.media.count(6);
    await flow.unload();
    streams.forEach((each) => each.produce(2));
    flow = await loadFleet(simulator.endpoint, EARLIEST);
    await flow.media.count(6);
    for (const each of streams) {
      assert.deepEqual(sentOf(each.name), numbersOf(each).slice(2), each.name);
    }
    assert.deepEqual(flow.errors.all, []);
  });

  it('holds each stream back by itself until its messages are acknowledged', async () => {
    const streams = ['a', 'b'].map((name) => stream(name, 3));
    flow = await loadFleet(simulator.endpoint, { ...EARLIEST, maxInFlight: 1 });
    await flow.media.count(2);
    assert.deepEqual(flow.media.all.map(({ topic }) => topic).sort(), ['a', 'b']);
    const first = flow.media.all.find(({ topic }) => topic === 'a') ?? assert.fail();
    ack(first);
    ack(await flow.media.next());
    await flow.media.count(4);
    assert.deepEqual(sentOf('a'), numbersOf(streams[0] ?? assert.fail()));
    assert.equal(sentOf('b').length, 1);
  });

  it(`reads ${CALLS} calls that messages start and stop in any order: seed ${SEED}`, async () => {
    const random = seededRandom(SEED);
    flow = await loadFleet(simulator.endpoint, { ...EARLIEST, selectBy: 'message', maxInFlight: 1 });
    const running = new Map<string, SimulatedStream>();
    const all: SimulatedStream[] = [];
    const finish = async (): Promise<void> => {
      const names = [...running.keys()];
      const name = names[Math.floor(random() * names.length)] ?? assert.fail();
      const call = running.get(name) ?? assert.fail();
      running.delete(name);
      const last = call.produce(1)[0]?.FragmentNumber;
      flow.input({ action: 'wake', stream: name });
      await flow.media.first(({ topic, kvs }) => topic === name && kvs.FragmentNumber === last);
      flow.input({ action: 'stop', stream: name });
    };
    flow.media.each(ack);
    for (let index = 0; index < CALLS; index += 1) {
      const call = stream(`call-${index}`, Math.floor(random() * 3));
      running.set(call.name, call);
      all.push(call);
      flow.input({ action: 'start', stream: random() < 0.5 ? call.name : call.arn });
      if (CALL_MINUTES > 0) {
        await wait((CALL_MINUTES * 60_000) / CALLS);
        running.forEach((each) => each.produce(1));
      }
      while (running.size > Math.floor(random() * 12)) {
        await finish();
      }
    }
    while (running.size > 0) {
      await finish();
    }
    for (const call of all) {
      assert.deepEqual(sentOf(call.name), numbersOf(call), call.name);
    }
    assert.deepEqual(flow.errors.all, []);
    flow.input({ action: 'status' });
    const { payload } = await flow.events.next((event) => event.payload.event === 'stats');
    assert.deepEqual(payload['streams'], { all: 0, here: 0, silent: 0, failing: [] });
  });

  describe('with the limits of the service', () => {
    const variable = 'AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API';
    let before: string | undefined;

    beforeEach(async () => {
      await simulator.stop();
      simulator = new Simulator({ idleEndMs: 3_000 });
      await simulator.start();
      before = process.env[variable];
    });
    afterEach(() => {
      if (before === undefined) {
        Reflect.deleteProperty(process.env, variable);
      } else {
        process.env[variable] = before;
      }
    });

    it(`starts ${STREAMS} streams, and no call is refused`, async () => {
      Array.from({ length: STREAMS }, (_, index) => stream(`cam-${index}`, 1));
      flow = await loadFleet(simulator.endpoint, { ...EARLIEST, streams: 'cam-' });
      await flow.media.count(STREAMS);
      assert.equal(new Set(flow.media.all.map(({ topic }) => topic)).size, STREAMS);
      assert.equal(simulator.stats.refused, 0);
      assert.deepEqual(flow.errors.all, []);
    });

    it('finds the streams that have a tag by GetResources, page by page', async () => {
      process.env[variable] = simulator.endpoint;
      for (let index = 0; index < 101; index += 1) {
        simulator.addStream({
          ...{ name: `north-${index}`, live: false, profile: 'aws-sdk' },
          resourceTags: { site: 'north', floor: '1' },
        });
      }
      simulator.addStream({ name: 'south', live: false, resourceTags: { site: 'south' } });
      flow = await loadFleet(simulator.endpoint, { selectBy: 'tags', streams: 'site=north' });
      await flow.events.first(({ payload }) => payload.StreamName === 'north-99');
      const found = flow.events.all.filter(({ payload }) => payload.event === 'found');
      assert.equal(found.length, 101);
      const made = simulator.stats.requests.map(({ operation }) => operation);
      assert.equal(made.filter((operation) => operation === 'GetResources').length, 2);
      assert.ok(!made.includes('ListStreams') && !made.includes('ListTagsForStream'));
      assert.deepEqual(flow.errors.all, []);
    });
  });

  it('hands all over when it is drained, and continues after them when it joins again', async () => {
    const [a] = [stream('a', 2)];
    flow = await loadFleet(simulator.endpoint, EARLIEST);
    await flow.media.count(2);
    flow.input({ action: 'drain' });
    const isDrained = ({ kvs }: { kvs?: { state: string } }): boolean => kvs?.state === 'drained';
    await flow.statuses.first((status) => isDrained(status as object));
    a.produce(1);
    flow.input({ action: 'join' });
    await flow.media.count(3);
    assert.deepEqual(sentOf('a'), numbersOf(a));
  });

  it('stops and starts single streams, and does not find again what was stopped', async () => {
    const [a, b] = [stream('a', 1), stream('b', 1)];
    flow = await loadFleet(simulator.endpoint, EARLIEST);
    await flow.media.count(2);
    flow.input({ action: 'stop', stream: 'a' });
    flow.input({ action: 'discover' });
    a.produce(1);
    b.produce(1);
    await flow.media.count(3);
    assert.deepEqual(sentOf('b'), numbersOf(b));
    flow.input({ action: 'start', stream: 'a' });
    await flow.media.count(4);
    assert.deepEqual(sentOf('a'), numbersOf(a));
    assert.equal(flow.events.all.filter(({ payload }) => payload.event === 'found').length, 2);
  });

  describe('names on its error output', () => {
    it('a selection that matches nothing, once, and reads what comes later', async () => {
      flow = await loadFleet(simulator.endpoint, { ...EARLIEST, streams: 'cam' });
      const { payload } = await flow.errors.first();
      assert.deepEqual(
        [payload.ErrorType, payload['operation'], payload.action],
        ['NoStreamsFound', 'Fleet', 'ignore'],
      );
      assert.match(payload.message, /Check the beginning of the name.*searches again in 1 min/);
      stream('cam-1', 1);
      flow.input({ action: 'discover' });
      await flow.media.count(1);
      assert.equal(flow.errors.all.length, 1);
    });

    it('streams that the list names twice, and reads them once', async () => {
      const a = stream('a', 2);
      flow = await loadFleet(simulator.endpoint, { ...EARLIEST, selectBy: 'list', streams: `a\n${a.arn}` });
      await flow.media.count(2);
      assert.match(flow.errors.all[0]?.payload.message ?? '', /more than once: a\./);
      assert.deepEqual(sentOf('a'), numbersOf(a));
    });

    it('more streams than it may read', async () => {
      ['a', 'b', 'c'].forEach((name) => stream(name, 1));
      flow = await loadFleet(simulator.endpoint, { ...EARLIEST, maxStreams: 2 });
      await flow.media.count(2);
      const { payload } = await flow.errors.first();
      assert.equal(payload.ErrorType, 'FleetFull');
      assert.match(payload.message, /More than 2 streams/);
      flow.input({ action: 'stop', stream: 'a' });
      await flow.media.count(3);
    });

    it('a tag filter that is none, and does not start', async () => {
      flow = await loadFleet(simulator.endpoint, { selectBy: 'tags', streams: 'north' });
      const { payload } = await flow.errors.first();
      assert.deepEqual([payload.ErrorType, payload.action], ['InvalidInput', 'stop']);
      assert.match(payload.message, /streams: not of the form key=value/);
    });

    it('what it cannot make of a message, and reads on', async () => {
      const a = stream('a', 1);
      flow = await loadFleet(simulator.endpoint, EARLIEST);
      await flow.media.count(1);
      for (const msg of [
        ...[{ action: 'leave' }, { action: 'start', stream: 'a b' }, { action: 'reset' }],
        ...[
          { action: 'ack', kvs: { FragmentNumber: '1' } },
          { action: 'stop', stream: 7 },
        ],
      ]) {
        flow.input(msg);
      }
      const errors = await flow.errors.count(5);
      assert.ok(errors.every(({ payload }) => payload.ErrorType === 'InvalidInput'));
      a.produce(1);
      await flow.media.count(2);
    });

    it('what a search fails of, and reads on', async () => {
      const a = stream('a', 1);
      flow = await loadFleet(simulator.endpoint, EARLIEST);
      await flow.media.count(1);
      simulator.faults.add({
        ...{ kind: 'http-error', operation: 'ListStreams' },
        ...{ ErrorType: 'AccessDeniedException', statusCode: 403 },
      });
      flow.input({ action: 'discover' });
      const { payload } = await flow.errors.first();
      assert.deepEqual(
        [payload.ErrorType, payload['operation'], payload.action],
        ['AccessDeniedException', 'ListStreams', 'retry'],
      );
      assert.match(payload.message, /Allow the action kinesisvideo:ListStreams/);
      a.produce(1);
      await flow.media.count(2);
    });
  });
});
