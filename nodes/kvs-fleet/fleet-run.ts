/** One run of a fleet, from its start to its stop: its streams, the search for them, and what is sent of them. */
import type { Clock } from '../../src/clock';
import { definedOnly } from '../../src/defined-only';
import { Discovery, Roster } from '../../src/discovery';
import type { ConfigSettings, FleetSettings, StartSelector, StreamRef, Until } from '../../src/options';
import type { ErrorReport } from '../../src/session';
import { LocalCoordinator, StreamSet, type Coordinator, type WantedStream } from '../../src/streams';
import type { ServiceLease } from '../shared/account';
import { connectPace, getMediaLimiter, streamKey } from '../shared/call-limit';
import { FleetCheckpoints, type MakeCheckpoints } from './fleet-checkpoints';
import type { FleetErrors } from './fleet-errors';
import { FleetEvents } from './fleet-events';
import { FleetOutputs } from './fleet-outputs';
import { fullError, namedTwiceError, nothingFoundError } from './fleet-problems';
import type { FleetPort } from './fleet-port';
import type { RunningFleet } from './fleet-status';

/** Between two messages with figures. */
const STATS_EVERY_MS = 10_000;
/** Streams of a node whose settings name no limit: so many sockets a careless prefix may open. */
const MOST_UNLESS_SAID = 1_000;
export interface FleetRunNeeds {
  readonly port: FleetPort;
  readonly account: ConfigSettings;
  readonly settings: FleetSettings;
  readonly lease: ServiceLease;
  readonly clock: Clock;
  readonly errors: FleetErrors;
  /** Name of this process within the fleet. */
  readonly member: string;
  readonly makeCheckpoints: MakeCheckpoints;
}

export class FleetRun {
  readonly #coordinator: Coordinator;
  readonly #set: StreamSet;
  readonly #discovery: Discovery;
  readonly #roster = new Roster();
  readonly #events: FleetEvents;
  readonly #outputs: FleetOutputs;
  /** Streams that a message started, whether or not they are selected too. */
  readonly #startedByMessage = new Set<string>();
  /** Selected streams that a message stopped. */
  readonly #stoppedByMessage = new Map<string, StreamRef>();
  #searchFails: string | undefined;
  #isNothingFound = false;
  #isFull = false;
  #isDrained = false;
  #cancelStats: (() => void) | undefined;

  constructor(private readonly needs: FleetRunNeeds) {
    const { port, account, settings, lease, clock, member, errors } = needs;
    this.#events = new FleetEvents(port, member);
    this.#outputs = new FleetOutputs(port, member, errors);
    const most = settings.maxStreams === 0 ? MOST_UNLESS_SAID : settings.maxStreams;
    this.#coordinator = new LocalCoordinator(
      member,
      new FleetCheckpoints(account, needs.makeCheckpoints),
      most,
      (waiting) => {
        this.#noteFull(waiting, most);
      },
    );
    const { service } = lease;
    this.#set = new StreamSet(
      settings,
      {
        ...{ service, clock, limiter: getMediaLimiter, pace: connectPace },
        coordinator: this.#coordinator,
        streamKey: (stream) => streamKey(account, stream),
      },
      {
        chunk: (reader, delivery) => {
          this.#outputs.chunk(reader, delivery);
        },
        frame: (reader, delivery) => {
          this.#outputs.frame(reader, delivery);
        },
        error: (reader, error) => {
          errors.report(error, { ...reader.stream, ...this.#outputs.lastSent(reader) });
        },
        changed: () => {
          this.#outputs.keepOnly(this.#set.readers);
        },
        silent: ({ stream, leaseEpoch }) => {
          this.#events.stream('silent', stream, leaseEpoch);
        },
        resumed: ({ stream, leaseEpoch }) => {
          this.#events.stream('resumed', stream, leaseEpoch);
        },
        complete: (reader, end) => {
          this.#outputs.complete(reader, end);
        },
        coordination: (event) => {
          this.#events.coordination(event);
        },
        coordinationError: (error) => {
          errors.report(error);
        },
      },
    );
    this.#discovery = new Discovery(
      { selection: settings.selection, everyMs: settings.discoverMs },
      { service, clock },
      {
        listed: (streams) => {
          this.#listed(streams);
        },
        error: (error: ErrorReport) => {
          this.#searchFails = error.ErrorType;
          errors.report(error);
        },
      },
    );
  }

  start(): void {
    const { settings, errors } = this.needs;
    this.#set.start();
    if (settings.namedTwice.length > 0) {
      errors.report(namedTwiceError(settings.namedTwice));
    }
    this.discover();
    this.#scheduleStats();
  }

  /** Resolves when all is written, not for ever. */
  async stop(): Promise<void> {
    this.#cancelStats?.();
    this.#discovery.stop();
    this.#set.stop();
    this.needs.lease.release();
    await this.#coordinator.close();
  }

  get shown(): RunningFleet {
    return {
      stats: this.#set.stats(),
      searchFails: this.#searchFails,
      isDrained: this.#isDrained,
      isPaused: this.#set.isPaused,
    };
  }

  // --- actions -----------------------------------------------------------------------------------------------------

  startStream(stream: StreamRef, startSelector?: StartSelector, until?: Until): void {
    this.#startedByMessage.add(stream.StreamName);
    this.#stoppedByMessage.delete(stream.StreamName);
    this.#coordinator.add({ stream, ...definedOnly({ startSelector, until }) });
  }

  stopStream(stream: StreamRef): void {
    const { StreamName } = stream;
    const wanted = this.#coordinator.known.get(StreamName);
    if (!this.#startedByMessage.delete(StreamName) || this.needs.settings.selection.by !== 'message') {
      this.#stoppedByMessage.set(StreamName, wanted?.stream ?? stream);
    }
    this.#coordinator.remove(StreamName, false);
  }

  /** Looks for streams now. */
  discover(): void {
    if (this.needs.settings.selection.by !== 'message' && this.#coordinator.discovers) {
      this.#discovery.search();
    }
  }

  pause(stream?: StreamRef): void {
    this.#set.pause(stream?.StreamName);
  }

  resume(stream?: StreamRef): void {
    this.#set.resume(stream?.StreamName);
  }

  wake(stream?: StreamRef): void {
    this.#set.wake(stream?.StreamName);
  }

  reset(stream: StreamRef): void {
    this.#coordinator.reset(stream);
  }

  drain(): void {
    this.#isDrained = true;
    this.#coordinator.drain();
  }

  join(): void {
    this.#isDrained = false;
    this.#coordinator.join();
  }

  sendStats(): void {
    this.#events.stats(this.#set.stats());
  }

  /** @returns false for a chunk that has not been sent; of a stream that is not read any more it is of no use */
  acknowledge(StreamName: string, FragmentNumber: string, frameIndex?: number): boolean {
    return this.#set.readers.get(StreamName)?.acknowledge(FragmentNumber, frameIndex) !== false;
  }

  // --- streams -----------------------------------------------------------------------------------------------------

  #listed(streams: readonly StreamRef[]): void {
    this.#searchFails = undefined;
    const selected = [...this.#coordinator.known.values()]
      .filter(({ stream }) => !this.#startedByMessage.has(stream.StreamName))
      .map(({ stream }: WantedStream) => stream);
    const { found, gone } = this.#roster.compare(
      [...selected, ...this.#stoppedByMessage.values()],
      streams,
      (name) => this.#set.readers.get(name)?.failing === 'ResourceNotFoundException',
    );
    for (const stream of gone) {
      this.#stoppedByMessage.delete(stream.StreamName);
      this.#coordinator.remove(stream.StreamName, true);
      this.#events.stream('gone', stream);
    }
    for (const stream of found) {
      if (!this.#startedByMessage.has(stream.StreamName)) {
        this.#events.stream('found', stream);
        this.#coordinator.add({ stream });
      }
    }
    this.#noteNothing(streams.length === 0);
  }

  #noteNothing(isNothingFound: boolean): void {
    if (isNothingFound && !this.#isNothingFound) {
      this.needs.errors.report(nothingFoundError(this.needs.settings));
    }
    this.#isNothingFound = isNothingFound;
  }

  #noteFull(waiting: number, most: number): void {
    const isFull = waiting > 0;
    if (isFull && !this.#isFull) {
      this.needs.errors.report(fullError(most));
    }
    this.#isFull = isFull;
  }

  #scheduleStats(): void {
    this.#cancelStats = this.needs.clock.after(STATS_EVERY_MS, () => {
      this.#scheduleStats();
      this.sendStats();
    });
  }
}
