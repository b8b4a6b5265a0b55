/** One run of a fleet, from its start to its stop: its streams, the search for them, and what is sent of them. */
import { definedOnly } from '../../src/defined-only';
import { Discovery, Roster } from '../../src/discovery';
import type { StartSelector, StreamRef, Until } from '../../src/options';
import type { ErrorReport } from '../../src/session';
import { StreamSet, type Coordinator } from '../../src/streams';
import { connectPace, getMediaLimiter, streamKey } from '../shared/call-limit';
import { coordinate, type TableCondition } from './coordination';
import { isTableError } from './sharing-errors';
import { FleetEvents } from './fleet-events';
import { FleetOutputs } from './fleet-outputs';
import { namedTwiceError, nothingFoundError } from './selection-errors';
import type { FleetRunNeeds } from './fleet-run-needs';
import type { RunningFleet } from './fleet-status';

/** Between two messages with figures. */
const STATS_EVERY_MS = 10_000;
/** Name of a fleet that is not shared. */
const ONLY_FLEET = 'default';

export class FleetRun {
  readonly #coordinator: Coordinator;
  /** Absent where the fleet is not shared. */
  readonly #table: (() => TableCondition) | undefined;
  readonly #set: StreamSet;
  readonly #discovery: Discovery;
  readonly #roster = new Roster();
  readonly #events: FleetEvents;
  readonly #outputs: FleetOutputs;
  /** Selected streams that a message stopped. */
  readonly #stoppedByMessage = new Map<string, StreamRef>();
  #searchFails: string | undefined;
  #tableFails: string | undefined;
  #isNothingFound = false;
  #isSearching = false;
  #isDrained = false;
  #cancelStats: (() => void) | undefined;

  constructor(private readonly needs: FleetRunNeeds) {
    const { port, account, settings, share, clock, errors } = needs;
    const { coordinator, table } = coordinate(needs);
    this.#coordinator = coordinator;
    this.#table = table;
    const member = (): string => coordinator.member;
    this.#events = new FleetEvents(port, member);
    this.#outputs = new FleetOutputs(port, settings.sharing?.fleet ?? ONLY_FLEET, member, errors);
    const { service } = share;
    this.#set = new StreamSet(
      settings,
      {
        ...{ service, clock, limiter: getMediaLimiter, pace: connectPace },
        coordinator,
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
        coordinationChanged: () => {
          this.#coordinationChanged();
        },
        coordination: (event) => {
          this.#events.coordination(event);
        },
        coordinationError: (error) => {
          if (isTableError(error.ErrorType)) {
            this.#tableFails = error.ErrorType;
          }
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
          this.#leaveSearchToOthers();
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
    this.#searchInTurn();
    this.#scheduleStats();
  }

  /** Resolves when all is written, not for ever. Acknowledgements cannot reach a node that is being closed. */
  async stop(): Promise<void> {
    this.#cancelStats?.();
    this.#discovery.stop();
    this.#set.stop();
    await this.#coordinator.close();
    this.needs.share.release();
  }

  get shown(): RunningFleet {
    return {
      stats: this.#set.stats(),
      searchFails: this.#searchFails,
      table: this.#table && { ...this.#table(), fails: this.#tableFails },
      isDrained: this.#isDrained,
      isPaused: this.#set.isPaused,
    };
  }

  // --- actions -----------------------------------------------------------------------------------------------------

  startStream(stream: StreamRef, startSelector?: StartSelector, until?: Until): void {
    this.#stoppedByMessage.delete(stream.StreamName);
    this.#coordinator.add({ stream, byMessage: true, ...definedOnly({ startSelector, until }) });
  }

  stopStream(stream: StreamRef): void {
    const { StreamName } = stream;
    const wanted = this.#coordinator.known.get(StreamName);
    if (wanted?.byMessage !== true || this.needs.settings.selection.by !== 'message') {
      this.#stoppedByMessage.set(StreamName, wanted?.stream ?? stream);
    }
    this.#coordinator.remove(StreamName, false);
  }

  /** Looks for streams now, also where another member does so again and again. */
  discover(): void {
    if (this.needs.settings.selection.by !== 'message' && this.#coordinator.isReady) {
      this.#isSearching = true;
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
    const { known } = this.#coordinator;
    const selected = [...known.values()].filter(({ byMessage }) => byMessage !== true);
    const { found, gone } = this.#roster.compare(
      [...selected.map(({ stream }) => stream), ...this.#stoppedByMessage.values()],
      streams,
      (name) => this.#set.readers.get(name)?.failing === 'ResourceNotFoundException',
    );
    for (const stream of gone) {
      this.#stoppedByMessage.delete(stream.StreamName);
      this.#coordinator.remove(stream.StreamName, true);
      this.#events.stream('gone', stream);
    }
    for (const stream of found) {
      if (known.get(stream.StreamName)?.byMessage !== true) {
        this.#events.stream('found', stream);
        this.#coordinator.add({ stream });
      }
    }
    this.#noteNothing(streams.length === 0);
    this.#leaveSearchToOthers();
  }

  /** Of a shared fleet one member searches. */
  #searchInTurn(): void {
    if (!this.#isSearching && this.#coordinator.discovers) {
      this.discover();
    }
  }

  #leaveSearchToOthers(): void {
    if (!this.#coordinator.discovers) {
      this.#isSearching = false;
      this.#discovery.stop();
    }
  }

  // --- shared fleets -----------------------------------------------------------------------------------------------

  #coordinationChanged(): void {
    if (this.#tableFails !== undefined && this.#table?.().isReachable === true) {
      this.#tableFails = undefined;
      this.needs.errors.tableRecovered();
    }
    this.#searchInTurn();
  }

  #noteNothing(isNothingFound: boolean): void {
    if (isNothingFound && !this.#isNothingFound) {
      this.needs.errors.report(nothingFoundError(this.needs.settings));
    }
    this.#isNothingFound = isNothingFound;
  }

  #scheduleStats(): void {
    this.#cancelStats = this.needs.clock.after(STATS_EVERY_MS, () => {
      this.#scheduleStats();
      this.sendStats();
    });
  }
}
