import assert from 'node:assert/strict';
import { KinesisVideoService } from '../../src/kinesis-video';
import { CallLimiter } from '../../src/session';
import { Simulator, type SimulatedStream } from '../../src/simulator';
import { seededRandom } from '../../src/simulator/random';
import { Consumer, type ConsumerOptions } from './consumer';
import { FaultDeck } from './fault-deck';
import { LeapingClock } from '../../testing/leaping-clock';
import { Saboteur, TOO_MANY } from './saboteur';
import { tinyMedia } from './tiny-media';

/** The same faults every time, so that a red run is a change's doing; `random` looks for more. */
const GIVEN_SEED = process.env['KVS_FAULT_SEED'] ?? '20261123';
const SEED = GIVEN_SEED === 'random' ? Math.floor(Math.random() * 2 ** 32) : Number(GIVEN_SEED);
/** How many faults at least, of every kind; `npm run test:faults` has 1,000. */
const MIN_FAULTS = Number(process.env['KVS_FAULTS'] ?? 250);
const MIN_CHUNKS = 5 * MIN_FAULTS;
const HOUR_MS = 3_600_000;
const BEGIN = Date.UTC(2026, 0, 1);

/** Two services of different habits, and on each of them readers of all kinds. */
const SITES = [
  { tokensInclusive: false, unknownFragment: 'in-band-error', errorHeaderStyle: 'plain' },
  { tokensInclusive: true, unknownFragment: 'invalid-argument', errorHeaderStyle: 'documented' },
] as const;
const READERS: readonly (Omit<ConsumerOptions, 'stream'> & { readonly profile: 'ffmpeg' | 'aws-sdk' })[] = [
  { name: 'chunks', emit: 'chunk', maxInFlight: 0, profile: 'ffmpeg' },
  { name: 'chunks-acknowledged', emit: 'chunk', maxInFlight: 4, profile: 'aws-sdk' },
  { name: 'frames', emit: 'frame', maxInFlight: 0, profile: 'aws-sdk' },
  { name: 'frames-acknowledged', emit: 'frame', maxInFlight: 7, profile: 'ffmpeg' },
  { name: 'one-at-a-time', emit: 'chunk', maxInFlight: 1, profile: 'ffmpeg' },
  { name: 'from-now', emit: 'chunk', maxInFlight: 0, profile: 'aws-sdk' },
].map((reader) => ({
  ...reader,
  emit: reader.emit as 'chunk' | 'frame',
  profile: reader.profile as 'ffmpeg' | 'aws-sdk',
  keepTrying: reader.name !== 'frames',
  byArn: reader.name === 'chunks-acknowledged',
  startSelector: { StartSelectorType: reader.name === 'from-now' ? 'NOW' : 'EARLIEST' },
}));

class Campaign {
  readonly clock = new LeapingClock(BEGIN, SEED);
  readonly random = seededRandom(SEED + 1);
  readonly deck = new FaultDeck(this.random, MIN_FAULTS);
  readonly met = new Map<string, number>();
  readonly simulators: Simulator[] = [];
  readonly services: KinesisVideoService[] = [];
  readonly consumers: Consumer[] = [];
  readonly saboteurs: Saboteur[] = [];
  readonly limiter = new CallLimiter();
  /** Calls that the service refused as too many, of itself or by a fault. */
  refusedAsTooMany = 0;

  async begin(): Promise<void> {
    const media = tinyMedia(this.random);
    for (const [index, site] of SITES.entries()) {
      const simulator = new Simulator({
        ...site,
        clock: this.clock,
        seed: SEED + index,
      });
      this.simulators.push(simulator);
      simulator.on('chunkSent', () => {
        this.clock.alive();
      });
      simulator.on('connection', () => {
        this.clock.alive();
      });
      simulator.on('request', ({ ErrorType = '' }) => {
        this.clock.alive();
        this.refusedAsTooMany += TOO_MANY.test(ErrorType) ? 1 : 0;
      });
      const { endpoint } = await simulator.start();
      const service = new KinesisVideoService({
        region: 'eu-west-1',
        endpoint,
        credentials: { kind: 'keys', accessKeyId: 'simulator', secretAccessKey: 'simulator' },
        clock: this.clock,
      });
      this.services.push(service);
      for (const reader of READERS) {
        const stream = simulator.addStream({
          name: `${reader.name}-${index}`,
          source: { bytes: media },
          profile: reader.profile,
          retentionMs: 1_000 * HOUR_MS,
          ...(reader.profile === 'aws-sdk' ? {} : { tags: [['camera', 'front door']] }),
        });
        const options = {
          simulator,
          deck: this.deck,
          clock: this.clock,
          tokensInclusive: site.tokensInclusive,
        };
        const saboteur = new Saboteur(service, options, this.met);
        const { clock, limiter } = this;
        const consumer = new Consumer(
          { ...reader, name: stream.name, stream },
          { service: saboteur, clock, limiter },
        );
        saboteur.consumer = consumer;
        this.saboteurs.push(saboteur);
        this.consumers.push(consumer);
      }
    }
    for (const consumer of this.consumers) {
      consumer.start();
      this.#darken(consumer.options.stream);
    }
  }

  get faults(): number {
    return [...this.met.values()].reduce((sum, count) => sum + count, 0);
  }

  get chunks(): number {
    return this.consumers.reduce((sum, { chunks }) => sum + chunks, 0);
  }

  get problems(): string[] {
    return this.consumers.flatMap(({ problems }) => problems);
  }

  /** The camera goes dark now and then. */
  #darken(stream: SimulatedStream): void {
    this.clock.after(this.random() * 300_000, () => {
      if (stream.producing) {
        stream.pauseProducer();
        this.clock.after(this.random() * 40_000, () => {
          if (!this.over) {
            stream.resumeProducer();
          }
        });
        this.#darken(stream);
      }
    });
  }
  over = false;
}

describe('under faults of all kinds', function () {
  this.timeout(600_000);
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown): void => {
    rejections.push(reason);
  };
  after(() => {
    process.off('unhandledRejection', onRejection);
  });

  it(`every chunk and every frame comes exactly once, in order, byte for byte (seed ${SEED})`, async () => {
    process.on('unhandledRejection', onRejection);
    const started = performance.now();
    const campaign = new Campaign();
    const { clock, consumers, saboteurs, simulators, services, deck } = campaign;
    await campaign.begin();
    await clock.runUntil(
      () => campaign.problems.length > 0 || (deck.left === 0 && campaign.chunks >= MIN_CHUNKS),
      100 * HOUR_MS,
    );
    campaign.over = true;
    for (const consumer of consumers) {
      consumer.options.stream.pauseProducer();
      consumer.leaveAlone();
    }
    try {
      await clock.runUntil(
        () => campaign.problems.length > 0 || consumers.every(({ done }) => done),
        2 * HOUR_MS,
      );
    } catch (error) {
      print(consumers.map(({ progress }) => progress));
      for (const { consumer, lastDraws } of saboteurs) {
        print(consumer?.done === false ? lastDraws : []);
      }
      throw error;
    }
    for (const saboteur of saboteurs) {
      saboteur.settle();
    }
    const virtualMs = clock.now() - BEGIN;
    report(campaign, virtualMs, performance.now() - started);
    for (const { consumer, lastDraws } of saboteurs) {
      print(consumer?.problems.length === 0 ? [] : lastDraws);
    }
    assert.deepEqual(campaign.problems, []);
    for (const consumer of consumers) {
      consumer.stop();
    }
    await clock.quiet();
    const asked = sum(saboteurs.map(({ tooMany }) => tooMany));
    assert.equal(campaign.refusedAsTooMany, asked, 'the service itself refused none as too many');
    for (const simulator of simulators) {
      for (const [name, stats] of Object.entries(simulator.stats.streams)) {
        assert.equal(stats.openConnections, 0, `${name} has open connections`);
      }
    }
    for (const service of services) {
      service.close();
    }
    await Promise.all(simulators.map((simulator) => simulator.stop()));
    await clock.advance(HOUR_MS);
    assert.equal(clock.pending, 0);
    assert.deepEqual(rejections, []);
    for (const { calls } of saboteurs) {
      assert.ok(busiestSecond(calls) <= 5);
    }
    assert.ok(campaign.faults >= MIN_FAULTS, `${campaign.faults} faults`);
    assert.ok(campaign.chunks >= MIN_CHUNKS, `${campaign.chunks} chunks`);
  });
});

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function print(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `      ${line}\n`).join(''));
}

function report(campaign: Campaign, virtualMs: number, realMs: number): void {
  const { consumers, saboteurs, met } = campaign;
  const errors = new Map<string, number>();
  for (const consumer of consumers) {
    for (const [type, count] of consumer.errors) {
      errors.set(type, (errors.get(type) ?? 0) + count);
    }
  }
  const list = (map: ReadonlyMap<string, number>) =>
    [...map]
      .sort()
      .map(([name, n]) => `${name} ${n}`)
      .join(', ');
  const most = (values: readonly number[]) => Math.round(Math.max(...values));
  const calls = sum(saboteurs.map(({ calls }) => calls.length));
  const sessions = sum(consumers.map((consumer) => consumer.sessions));
  print([
    `seed ${SEED} (KVS_FAULT_SEED)`,
    `${campaign.faults} faults: ${list(met)}`,
    `${campaign.chunks} chunks in ${sum(consumers.map(({ messages }) => messages))} messages; left out by the service: ${sum(consumers.map(({ missing }) => missing))}`,
    `${calls} GetMedia calls, ${calls - sessions} of them reconnects, in ${sessions} sessions`,
    `busiest second of a stream: ${most(saboteurs.map((saboteur) => busiestSecond(saboteur.calls)))} calls`,
    `longest hold: ${most(consumers.map(({ longestHoldMs }) => longestHoldMs))} ms`,
    `${Math.round(virtualMs / 1000)} s of the streams' time in ${Math.round(realMs / 1000)} s`,
    `reported: ${list(errors)}`,
  ]);
}

/** The most calls in any window of a second. */
function busiestSecond(calls: readonly number[]): number {
  let first = 0;
  return calls.reduce((most, at, i) => {
    while ((calls[first] ?? at) <= at - 1_000) {
      first++;
    }
    return Math.max(most, i - first + 1);
  }, 0);
}
