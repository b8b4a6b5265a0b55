/** Reads the streams that a coordinator assigns, each by a reader of its own. */
import type { StreamRef } from '../options';
import type { ErrorReport, Position, SessionDependencies } from '../session';
import type { ConnectPace } from './connect-pace';
import type { Assignment, CoordinationEvent, Coordinator } from './coordinator';
import { SetTotals, type SetStats } from './set-stats';
import { StreamReader, type ReadingOptions, type StreamReaderEvents } from './stream-reader';

export interface StreamSetDependencies extends Omit<SessionDependencies, 'streamKey'> {
  readonly coordinator: Coordinator;
  /** Shared by all that connect from this process. */
  readonly pace: ConnectPace;
  /** Names a stream across all sessions of the process, for the limiter. */
  readonly streamKey: (stream: StreamRef) => string;
}

export interface StreamSetEvents extends Omit<StreamReaderEvents, 'checkpoint' | 'changed'> {
  /** Something has changed that shows. */
  changed(): void;
  /** What the coordinator says of the fleet may have changed. */
  coordinationChanged(): void;
  /** What happens between the members of a shared fleet. */
  coordination(event: CoordinationEvent): void;
  /** Something has gone wrong that is about no stream that is read. */
  coordinationError(error: ErrorReport): void;
}

/** Reads until `stop`; a set is started once. */
export class StreamSet {
  readonly #readers = new Map<string, StreamReader>();
  /** What ends the wait of a reader for its turn to connect. */
  readonly #turns = new Map<StreamReader, () => void>();
  readonly #totals: SetTotals;
  #isPaused = false;
  #isBarred = false;
  #isStopped = false;

  constructor(
    private readonly options: ReadingOptions,
    private readonly dependencies: StreamSetDependencies,
    private readonly events: StreamSetEvents,
  ) {
    this.#totals = new SetTotals(dependencies.clock.monotonic());
  }

  start(): void {
    const { coordinator } = this.dependencies;
    coordinator.start({
      assigned: (assignment) => {
        this.#read(assignment);
      },
      revoked: (StreamName) => {
        this.#retire(StreamName);
      },
      lost: (StreamName) => {
        this.#drop(StreamName);
      },
      guard: (isOpen) => {
        this.#isBarred = !isOpen;
        for (const reader of this.#readers.values()) {
          if (isOpen) {
            reader.unbar();
          } else {
            reader.bar();
          }
        }
        this.events.changed();
      },
      changed: () => {
        this.events.coordinationChanged();
      },
      event: (event) => {
        this.events.coordination(event);
      },
      error: (error) => {
        this.events.coordinationError(error);
      },
    });
  }

  /** The streams that are read here. */
  get readers(): ReadonlyMap<string, StreamReader> {
    return this.#readers;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Pauses one stream, or all and those that are still to come. */
  pause(StreamName?: string): void {
    this.#isPaused ||= StreamName === undefined;
    for (const reader of this.#chosen(StreamName)) {
      this.#turns.get(reader)?.();
      reader.pause();
    }
    this.events.changed();
  }

  resume(StreamName?: string): void {
    if (StreamName === undefined) {
      this.#isPaused = false;
    }
    for (const reader of this.#chosen(StreamName)) {
      if (reader.hasConnection) {
        reader.resume();
      } else {
        this.#inTurn(reader, () => {
          reader.resume();
          reader.start();
        });
      }
    }
    this.events.changed();
  }

  /** Asks silent streams now: one, or all. */
  wake(StreamName?: string): void {
    for (const reader of this.#chosen(StreamName)) {
      if (reader.condition === 'silent' && !this.#turns.has(reader)) {
        this.#inTurn(reader, () => {
          reader.wake();
        });
      }
    }
  }

  stats(): SetStats {
    const { clock, coordinator } = this.dependencies;
    return this.#totals.stats(this.#readers, coordinator.wanted, coordinator.members, clock.monotonic());
  }

  /** Ends all at once. Nothing is reported any more. */
  stop(): void {
    this.#isStopped = true;
    for (const StreamName of [...this.#readers.keys()]) {
      this.#drop(StreamName);
    }
  }

  #chosen(StreamName: string | undefined): readonly StreamReader[] {
    if (StreamName === undefined) {
      return [...this.#readers.values()];
    }
    const reader = this.#readers.get(StreamName);
    return reader === undefined ? [] : [reader];
  }

  #read(assignment: Assignment): void {
    if (this.#isStopped) {
      return;
    }
    const { coordinator, streamKey, ...dependencies } = this.dependencies;
    const { stream } = assignment;
    const { StreamName } = stream;
    this.#drop(StreamName);
    const reader = new StreamReader(
      assignment,
      this.options,
      { ...dependencies, streamKey: streamKey(stream) },
      {
        ...this.events,
        changed: () => {
          if (this.#readers.get(StreamName) === reader) {
            this.events.changed();
          }
        },
        complete: (ended, end) => {
          this.events.complete(ended, end);
          if (this.#readers.get(StreamName) === ended) {
            this.#drop(StreamName);
            coordinator.released(StreamName);
          }
        },
        checkpoint: (at, position: Position) => {
          if (this.#readers.get(StreamName) === at) {
            coordinator.checkpoint(stream, position);
          }
        },
      },
      () => coordinator.maySend(StreamName),
    );
    this.#readers.set(StreamName, reader);
    if (this.#isBarred) {
      reader.bar();
    }
    if (this.#isPaused) {
      reader.pause();
    } else {
      this.#inTurn(reader, () => {
        reader.start();
      });
    }
    this.events.changed();
  }

  #retire(StreamName: string): void {
    const reader = this.#readers.get(StreamName);
    if (reader === undefined) {
      this.dependencies.coordinator.released(StreamName);
      return;
    }
    this.#turns.get(reader)?.();
    reader.retire(() => {
      if (this.#readers.get(StreamName) === reader) {
        this.#drop(StreamName);
        this.dependencies.coordinator.released(StreamName);
      }
    });
  }

  #drop(StreamName: string): void {
    const reader = this.#readers.get(StreamName);
    if (reader !== undefined) {
      // First, so that nothing of it counts any more.
      this.#readers.delete(StreamName);
      this.#turns.get(reader)?.();
      this.#totals.left(reader);
      reader.stop();
      this.events.changed();
    }
  }

  /** Lets a reader connect when its turn comes. */
  #inTurn(reader: StreamReader, connect: () => void): void {
    const { clock, pace } = this.dependencies;
    this.#turns.get(reader)?.();
    const waitMs = pace.take(clock.monotonic(), clock.random());
    if (waitMs === 0) {
      connect();
      return;
    }
    const cancel = clock.after(waitMs, () => {
      this.#turns.delete(reader);
      connect();
    });
    this.#turns.set(reader, () => {
      this.#turns.delete(reader);
      cancel();
    });
  }
}
