import assert from 'node:assert/strict';
import type { MediaResponse } from '../../src/kinesis-video';
import type { StartSelector, StreamRef } from '../../src/options';
import { CallLimiter, type ErrorReport, type Position } from '../../src/session';
import {
  ConnectPace,
  StreamSet,
  type Coordinator,
  type CoordinatorEvents,
  type ReadingOptions,
  type WantedStream,
} from '../../src/streams';
import { EventLoopTurn } from '../../src/event-loop-turn';
import { ScriptedService, type ScriptedCall } from '../../testing/scripted-service';
import { makeChunks } from '../../testing/session-rig';
import { settle, VirtualClock } from '../../testing/virtual-clock';

const CHUNKS = makeChunks(4);

class ServiceOfStreams extends ScriptedService {
  readonly made = new Map<string, ScriptedCall[]>();

  override getMedia(stream: StreamRef, selector: StartSelector, signal: AbortSignal): Promise<MediaResponse> {
    const answer = super.getMedia(stream, selector, signal);
    this.made.set(stream.StreamName, [...(this.made.get(stream.StreamName) ?? []), this.last]);
    return answer;
  }

  callsOf(StreamName: string): ScriptedCall[] {
    return this.made.get(StreamName) ?? [];
  }
}

/** Says what the test says. */
class ScriptedCoordinator implements Coordinator {
  readonly member = 'here';
  readonly members = 1;
  readonly discovers = true;
  readonly isReady = true;
  readonly known = new Map<string, WantedStream>();
  readonly checkpoints: [string, string | undefined][] = [];
  readonly releases: string[] = [];
  events: CoordinatorEvents | undefined;
  isOpen = true;

  get wanted(): number {
    return this.known.size;
  }

  start(events: CoordinatorEvents): void {
    this.events = events;
  }

  assign(StreamName: string, position?: Position): void {
    this.known.set(StreamName, { stream: { StreamName } });
    this.events?.assigned({ stream: { StreamName }, ...(position === undefined ? {} : { position }) });
  }

  add(): void {
    assert.fail('The set adds nothing.');
  }

  remove(): void {
    assert.fail('The set removes nothing.');
  }

  maySend(): boolean {
    return this.isOpen;
  }

  checkpoint({ StreamName }: StreamRef, { FragmentNumber }: Position): void {
    this.checkpoints.push([StreamName, FragmentNumber]);
  }

  reset(): void {
    assert.fail('The set resets nothing.');
  }

  released(StreamName: string): void {
    this.releases.push(StreamName);
  }

  drain(): void {
    assert.fail('The set drains nothing.');
  }

  join(): void {
    assert.fail('The set joins nothing.');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class SetRig {
  readonly clock = new VirtualClock();
  readonly service = new ServiceOfStreams();
  readonly coordinator = new ScriptedCoordinator();
  readonly sent: [string, string][] = [];
  readonly told: string[] = [];
  readonly errors: ErrorReport[] = [];
  readonly set: StreamSet;

  constructor(options: Partial<ReadingOptions> = {}) {
    this.set = new StreamSet(
      {
        ...{ startSelector: { StartSelectorType: 'EARLIEST' }, emit: 'chunk', tracks: [], maxInFlight: 0 },
        ...{
          keepTrying: true,
          stallTimeoutMs: 20_000,
          ackTimeoutMs: 60_000,
          maxChunkBytes: 64 * 1024 * 1024,
        },
        ...options,
      },
      {
        ...{
          service: this.service,
          clock: this.clock,
          limiter: new CallLimiter(),
          turn: new EventLoopTurn(),
        },
        ...{
          coordinator: this.coordinator,
          pace: new ConnectPace(),
          streamKey: (stream) => stream.StreamName,
        },
      },
      {
        chunk: ({ stream }, { FragmentNumber }) => this.sent.push([stream.StreamName, FragmentNumber]),
        frame: ({ stream }, { FragmentNumber }) => this.sent.push([stream.StreamName, FragmentNumber]),
        error: (_reader, error) => this.errors.push(error),
        changed: () => undefined,
        coordinationChanged: () => undefined,
        silent: ({ stream }) => this.told.push(`silent ${stream.StreamName}`),
        resumed: ({ stream }) => this.told.push(`resumed ${stream.StreamName}`),
        complete: ({ stream }, { reason }) => this.told.push(`complete ${stream.StreamName} ${reason}`),
        coordination: () => undefined,
        coordinationError: () => undefined,
      },
    );
    this.set.start();
  }

  /** Assigns streams and lets them connect. */
  async read(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      this.coordinator.assign(name);
    }
    await this.clock.advance(names.length * 100);
    await settle();
  }

  numbersOf(StreamName: string): string[] {
    return this.sent.filter(([name]) => name === StreamName).map(([, number]) => number);
  }
}

const numberAt = (index: number): string => CHUNKS[index]?.FragmentNumber ?? assert.fail();
const bytesAt = (index: number): Buffer => CHUNKS[index]?.bytes ?? assert.fail();

describe('a set of streams', () => {
  let rig: SetRig;

  afterEach(() => {
    rig.set.stop();
    assert.equal(rig.clock.pending, 0, 'no timer outlives the set');
  });

  it('reads each stream with its own place and sends what each has', async () => {
    rig = new SetRig();
    rig.coordinator.assign('b', { FragmentNumber: numberAt(1) });
    await rig.read('a');
    rig.service.callsOf('a')[0]?.open().push(bytesAt(0));
    rig.service.callsOf('b')[0]?.open().push(bytesAt(2));
    await settle();
    assert.deepEqual(rig.sent, [
      ['a', numberAt(0)],
      ['b', numberAt(2)],
    ]);
    assert.deepEqual(rig.coordinator.checkpoints, rig.sent);
    assert.deepEqual(rig.service.callsOf('b')[0]?.selector, {
      ...{ StartSelectorType: 'FRAGMENT_NUMBER', AfterFragmentNumber: numberAt(1) },
    });
  });

  it('connects no more than 20 streams a second, the first at once', async () => {
    rig = new SetRig();
    for (let index = 0; index < 100; index += 1) {
      rig.coordinator.assign(`s${index}`);
    }
    await settle();
    assert.equal(rig.service.made.size, 1);
    for (let second = 1; second <= 6; second += 1) {
      await rig.clock.advance(1_000);
      assert.ok(rig.service.made.size <= second * 20 + 1, `${rig.service.made.size} after ${second} s`);
    }
    assert.equal(rig.service.made.size, 100);
  });

  it('does not connect what is taken back before its turn', async () => {
    rig = new SetRig();
    rig.coordinator.assign('a');
    rig.coordinator.assign('b');
    rig.coordinator.events?.lost('b');
    await rig.clock.advance(1_000);
    assert.deepEqual([...rig.service.made.keys()], ['a']);
  });

  it('asks a silent stream ever more rarely, and at once when it is woken', async () => {
    rig = new SetRig();
    await rig.read('a');
    const calls = (): number => rig.service.callsOf('a').length;
    const quiet = async (ms: number): Promise<number> => {
      const before = calls();
      const end = rig.clock.monotonic() + ms;
      while (rig.clock.monotonic() < end) {
        rig.service.callsOf('a').at(-1)?.open().end();
        await settle();
        await rig.clock.advance(Math.min(1_000, end - rig.clock.monotonic()));
      }
      return calls() - before;
    };
    await quiet(60_000);
    assert.deepEqual(rig.told, ['silent a'], 'said once');
    const tenMinutes = await quiet(14 * 60_000);
    assert.ok(tenMinutes >= 24 && tenMinutes <= 50, `${tenMinutes} calls in 14 minutes`);
    const hour = await quiet(60 * 60_000);
    assert.ok(hour >= 55 && hour <= 80, `${hour} calls in an hour`);
    const before = calls();
    rig.set.wake();
    await settle();
    assert.equal(calls(), before + 1);
    rig.service.callsOf('a').at(-1)?.open().push(bytesAt(0));
    await settle();
    assert.deepEqual(rig.told, ['silent a', 'resumed a']);
  });

  it('holds every message back while the guard is closed, and sends each once when it opens', async () => {
    for (const isTold of [true, false]) {
      rig = new SetRig();
      await rig.read('a');
      const response = rig.service.callsOf('a')[0]?.open() ?? assert.fail();
      await settle();
      response.push(bytesAt(0));
      rig.coordinator.isOpen = false;
      if (isTold) {
        rig.coordinator.events?.guard(false);
      }
      response.push(bytesAt(1));
      response.push(bytesAt(2));
      await settle();
      assert.deepEqual(rig.numbersOf('a'), [numberAt(0)]);
      rig.coordinator.isOpen = true;
      rig.coordinator.events?.guard(true);
      await settle();
      await settle();
      assert.deepEqual(rig.numbersOf('a'), [numberAt(0), numberAt(1), numberAt(2)]);
      rig.set.stop();
    }
  });

  it('hands a stream over when what was sent of it is acknowledged, and sends nothing after that', async () => {
    rig = new SetRig({ maxInFlight: 5 });
    await rig.read('a');
    const response = rig.service.callsOf('a')[0]?.open() ?? assert.fail();
    await settle();
    response.push(bytesAt(0));
    rig.coordinator.events?.revoked('a');
    response.push(bytesAt(1));
    await settle();
    assert.deepEqual(rig.coordinator.releases, []);
    assert.equal(rig.set.readers.get('a')?.acknowledge(numberAt(0)), true);
    assert.deepEqual(rig.coordinator.checkpoints, [['a', numberAt(0)]]);
    assert.deepEqual(rig.coordinator.releases, ['a']);
    assert.deepEqual(rig.numbersOf('a'), [numberAt(0)]);
    assert.ok(response.closed);
  });

  it('hands it over after half a minute in any case', async () => {
    rig = new SetRig({ maxInFlight: 5 });
    await rig.read('a');
    rig.service.callsOf('a')[0]?.open().push(bytesAt(0));
    await settle();
    rig.coordinator.events?.revoked('a');
    await rig.clock.advance(30_000);
    assert.deepEqual(rig.coordinator.releases, ['a']);
    assert.deepEqual(rig.coordinator.checkpoints, []);
  });

  it('hands frames over at the end of their chunk', async () => {
    rig = new SetRig({ emit: 'frame' });
    await rig.read('a');
    const response = rig.service.callsOf('a')[0]?.open() ?? assert.fail();
    await settle();
    const bytes = bytesAt(0);
    response.push(bytes.subarray(0, bytes.length / 2));
    await settle();
    const before = rig.sent.length;
    assert.ok(before > 0, 'some frames');
    rig.coordinator.events?.revoked('a');
    assert.deepEqual(rig.coordinator.releases, []);
    response.push(bytes.subarray(bytes.length / 2));
    response.push(bytesAt(1));
    await settle();
    assert.deepEqual(rig.coordinator.releases, ['a']);
    assert.ok(rig.sent.length > before);
    assert.deepEqual([...new Set(rig.numbersOf('a'))], [numberAt(0)]);
  });

  it('pauses and resumes one stream or all, also those that come meanwhile', async () => {
    rig = new SetRig();
    await rig.read('a', 'b');
    const open = (name: string) => rig.service.callsOf(name).at(-1)?.open() ?? assert.fail();
    const [a, b] = [open('a'), open('b')];
    await settle();
    rig.set.pause('a');
    a.push(bytesAt(0));
    b.push(bytesAt(0));
    await settle();
    assert.deepEqual(rig.sent, [['b', numberAt(0)]]);
    rig.set.pause();
    await rig.read('c');
    assert.equal(rig.service.callsOf('c').length, 0);
    rig.set.resume();
    await rig.clock.advance(1_000);
    assert.deepEqual(rig.numbersOf('a'), [numberAt(0)]);
    assert.equal(rig.service.callsOf('c').length, 1);
  });

  it('begins a stream anew that is assigned again', async () => {
    rig = new SetRig();
    await rig.read('a');
    const response = rig.service.callsOf('a')[0]?.open() ?? assert.fail();
    await settle();
    await rig.read('a');
    assert.ok(response.closed);
    assert.equal(rig.service.callsOf('a').length, 2);
    assert.equal(rig.set.readers.size, 1);
  });

  it('releases a stream whose bound is reached', async () => {
    rig = new SetRig({ until: { chunks: 1 } });
    await rig.read('a');
    const response = rig.service.callsOf('a')[0]?.open() ?? assert.fail();
    await settle();
    response.push(bytesAt(0));
    response.push(bytesAt(1));
    await settle();
    assert.deepEqual(rig.told, ['complete a until']);
    assert.deepEqual(rig.coordinator.releases, ['a']);
    assert.equal(rig.set.readers.size, 0);
  });

  it('says in figures what its streams do', async () => {
    rig = new SetRig();
    await rig.read('a', 'b', 'c');
    const response = rig.service.callsOf('a')[0]?.open() ?? assert.fail();
    rig.service.callsOf('b')[0]?.open().end();
    rig.service.callsOf('c')[0]?.open().breakOff();
    await settle();
    response.push(bytesAt(0));
    await settle();
    await rig.clock.advance(0);
    const { streams, members, bitsPerSecond, MillisBehindNow, reconnects } = rig.set.stats();
    assert.deepEqual(streams, { all: 3, here: 3, silent: 1, failing: ['c'] });
    assert.equal(members, 1);
    assert.ok(bitsPerSecond >= 0);
    assert.deepEqual(MillisBehindNow, { median: 250, max: 250 });
    assert.equal(reconnects, 1);
    await rig.clock.advance(2_000);
    assert.ok(rig.set.stats().bitsPerSecond > 0);
  });
});
