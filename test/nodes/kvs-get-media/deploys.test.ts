import assert from 'node:assert/strict';
import { once } from 'node:events';
import RED from 'node-red';
import { Simulator, type SimulatedStream } from '../../../src/simulator';
import { loadFlow, type HelperFlow, type HelperFlowOptions } from '../../../testing/helper-flow';
import { settle } from '../../../testing/virtual-clock';

/** How a node comes to be in a state, one chunk having been sent. What a deploy meets is up to the state. */
interface Situation {
  readonly name: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly enter: (flow: HelperFlow) => Promise<void>;
  /** Of the one chunk sent, how many are sent again after the deploy. */
  readonly again?: number;
  /** Timers that are the simulator's own. */
  readonly timers?: number;
}

const EARLIEST = { startSelectorType: 'EARLIEST' };
/** Far longer than a test: whatever is freed has not waited for it. */
const SLOW_MS = 600_000;

describe('a deploy', function () {
  this.timeout(60_000);
  let simulator: Simulator;
  let stream: SimulatedStream;
  let flow: HelperFlow | undefined;
  let streams = 0;

  beforeEach(async () => {
    simulator = new Simulator({ idleEndMs: 50, callsPerSecond: 1_000 });
    await simulator.start();
    stream = simulator.addStream({ name: `deployed-${streams++}`, live: false, profile: 'aws-sdk' });
    // The first use of anything loads code and may leave what is kept for good.
    stream.produce(1);
    const warm = await load();
    await warm.media.count(1);
    await unload();
    stream.forget();
    stream.produce(1);
  });
  afterEach(async () => {
    await flow?.unload();
    flow = undefined;
    await simulator.stop();
  });

  async function load(options: Partial<HelperFlowOptions> = {}): Promise<HelperFlow> {
    flow = await loadFlow({
      endpoint: simulator.endpoint,
      stream: stream.name,
      ...options,
      properties: { ...EARLIEST, ...options.properties },
    });
    return flow;
  }

  async function unload(): Promise<void> {
    await flow?.unload();
    flow = undefined;
  }

  const numbers = ({ media }: HelperFlow): string[] => media.all.map(({ kvs }) => kvs.FragmentNumber);
  const produced = (): string[] => stream.fragments.map(({ FragmentNumber }) => FragmentNumber ?? '');
  const open = (): number => simulator.stats.streams[stream.name]?.openConnections ?? 0;

  async function restarted({ input }: HelperFlow): Promise<void> {
    input({ action: 'stop' });
    input({ action: 'start' });
    await settle();
  }

  /** Resolves when the simulator has met the call that the fault is for. */
  async function met(
    flowOfTest: HelperFlow,
    fault: Parameters<Simulator['faults']['add']>[0],
  ): Promise<void> {
    const id = simulator.faults.add(fault);
    await restarted(flowOfTest);
    while (simulator.faults.list().some((active) => active.id === id)) {
      await settle();
    }
  }

  const SITUATIONS: readonly Situation[] = [
    { name: 'streaming', enter: () => settle() },
    {
      name: 'asking for the endpoint',
      enter: (now) => met(now, { kind: 'slow-head', operation: 'GetDataEndpoint', delayMs: SLOW_MS }),
      timers: 1,
    },
    {
      name: 'connecting',
      enter: (now) => met(now, { kind: 'slow-head', operation: 'GetMedia', delayMs: SLOW_MS }),
      timers: 1,
    },
    {
      name: 'paused',
      enter: async ({ input }) => {
        input({ action: 'pause' });
        await settle();
      },
    },
    {
      name: 'waiting for media',
      enter: async () => {
        // The second response is empty, so that the node waits before it asks again.
        for (let ended = 0; ended < 2; ended += open() === 0 ? 1 : 0) {
          await once(simulator, 'connection');
        }
        await settle();
      },
    },
    {
      name: 'in back-off',
      enter: async (now) => {
        simulator.faults.add({
          kind: 'http-error',
          operation: 'GetMedia',
          ErrorType: 'ConnectionLimitExceededException',
          statusCode: 400,
        });
        await restarted(now);
        await now.errors.first();
      },
    },
    { name: 'holding for acknowledgements', properties: { maxInFlight: 1 }, enter: () => settle(), again: 1 },
  ];

  for (const { name, properties = {}, enter, again = 0, timers = 0 } of SITUATIONS) {
    it(`while ${name} frees the socket at once, and the new session continues after the last chunk`, async () => {
      const before = await idle();
      const first = await load({ properties });
      await first.media.count(1);
      await enter(first);
      await unload();
      assert.deepEqual(await idle(before.sockets), { ...before, timers: before.timers + timers });
      assert.equal(open(), 0);
      const late = spied(first);

      simulator.faults.clear();
      stream.produce(2);
      const second = await load();
      await second.media.count(2 + again);
      assert.deepEqual(numbers(second), produced().slice(1 - again));
      assert.deepEqual(numbers(first), produced().slice(0, 1));
      assert.deepEqual(late, [], 'nothing comes from the old instance');
    });
  }

  it('with other credentials uses those from the first call on', async () => {
    const first = await load();
    await first.media.count(1);
    simulator.setCredentials({ accessKeyId: 'other', secretAccessKey: 'secret' });
    stream.produce(1);
    await unload();
    const second = await load({ keys: { accessKeyId: 'other', secretAccessKey: 'secret' } });
    await second.media.count(1);
    assert.deepEqual(numbers(second), produced().slice(1));
    assert.deepEqual(second.errors.all, []);
  });

  it('a hundred times in a row, in any state, leaves no timer, socket or listener behind', async () => {
    const before = await idle();
    const listeners = RED.runtime.events.listenerCount('flows:started');
    // Several streams, because of one the process reads no more than five times a second.
    const many = Array.from({ length: 10 }, (_, i) =>
      simulator.addStream({ name: `many-${i}`, live: false, profile: 'aws-sdk' }),
    );
    let timers = 0;
    for (let deploy = 0; deploy < 100; deploy++) {
      const situation = SITUATIONS[deploy % SITUATIONS.length];
      stream = many[deploy % many.length] ?? stream;
      assert.ok(situation !== undefined);
      const now = await load({ properties: { ...situation.properties } });
      stream.produce(1);
      await now.media.count(1);
      await situation.enter(now);
      timers += situation.timers ?? 0;
      await unload();
      simulator.faults.clear();
    }
    assert.deepEqual(await idle(before.sockets), { ...before, timers: before.timers + timers });
    assert.equal(RED.runtime.events.listenerCount('flows:started'), listeners);
    for (const { openConnections, peakConnections } of Object.values(simulator.stats.streams)) {
      assert.equal(openConnections, 0);
      assert.equal(peakConnections, 1, 'never two at a time');
    }
  });
});

/**
 * What keeps this process busy, once the sockets are gone or will not go. The simulator's own are among them; they go a
 * few turns of the event loop after the node's.
 *
 * @param others sockets of whoever else is in this process
 */
async function idle(others = 0): Promise<{ readonly timers: number; readonly sockets: number }> {
  const count = (fits: RegExp): number =>
    process.getActiveResourcesInfo().filter((name) => fits.test(name)).length;
  const sockets = (): number => count(/^TCP(Socket|Connect)Wrap$/);
  for (let turn = 0; turn < 5_000 && sockets() > others; turn++) {
    await settle();
  }
  await settle();
  return { timers: count(/^Timeout$/), sockets: sockets() };
}

/** What a closed node still says. */
function spied({ node }: HelperFlow): unknown[] {
  const said: unknown[] = [];
  const listen = (what: unknown): void => {
    said.push(what);
  };
  Object.assign(node, { status: listen, send: listen, error: listen, warn: listen, log: listen });
  return said;
}
