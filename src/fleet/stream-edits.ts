/** What people and searches change about a fleet's streams: in order for each stream, each change repeated until it is done. */
import type { Clock } from '../clock';
import type { WantedStream } from '../streams';
import { add, forget, restart, retire } from './conditional-writes';
import { readStream, streamKey, type StreamItem, type StreamState } from './items';
import { ConditionFailed, type Change, type FleetStore } from './store';

export type StreamEdit =
  /** @property isAnew a stream that the fleet has is read anew */
  | { readonly kind: 'add'; readonly wanted: WantedStream; readonly isAnew: boolean }
  | { readonly kind: 'retire'; readonly StreamName: string; readonly state: StreamState }
  | { readonly kind: 'forget'; readonly StreamName: string };

/** Changes of different streams that are made at a time. */
const AT_A_TIME = 8;

export interface StreamEditsDependencies {
  readonly store: FleetStore;
  readonly clock: Clock;
  readonly retryMs: number;
}

export class StreamEdits {
  readonly #waiting: StreamEdit[] = [];
  #isOpen = false;
  #isRunning = false;
  #isStopped = false;

  /** @param changed an edit is done @param failed a call failed, and is repeated */
  constructor(
    private readonly dependencies: StreamEditsDependencies,
    private readonly changed: () => void,
    private readonly failed: (error: unknown, retryInMs: number) => void,
  ) {}

  /** Takes effect once the table has been read. */
  push(edit: StreamEdit): void {
    this.#waiting.push(edit);
    this.#run();
  }

  /** The table has been read. */
  open(): void {
    this.#isOpen = true;
    this.#run();
  }

  stop(): void {
    this.#isStopped = true;
  }

  #run(): void {
    if (this.#isOpen && this.#waiting.length > 0 && !this.#isRunning && !this.#isStopped) {
      this.#isRunning = true;
      void this.#runAll();
    }
  }

  async #runAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await Promise.all(this.#nextBatch().map((edit) => this.#apply(edit)));
    }
    this.#isRunning = false;
    this.changed();
  }

  /** The first ones, as long as they are about different streams. */
  #nextBatch(): StreamEdit[] {
    const names = new Set<string>();
    while (names.size < AT_A_TIME) {
      const edit = this.#waiting[names.size];
      if (edit === undefined || names.has(nameOf(edit))) {
        break;
      }
      names.add(nameOf(edit));
    }
    return this.#waiting.splice(0, names.size);
  }

  async #apply(edit: StreamEdit): Promise<void> {
    const { store, clock, retryMs } = this.dependencies;
    const key = streamKey(nameOf(edit));
    /** The epoch that a write whose outcome is unknown has given the stream. */
    let expected: number | undefined;
    while (!this.#isStopped) {
      try {
        const item = await store.get(key);
        const known = item && readStream(item);
        if (item !== undefined && known === undefined) {
          // Someone has edited it, which a report says. What is found there is left alone.
          return;
        }
        if (expected !== undefined && known !== undefined && known.leaseEpoch >= expected) {
          return;
        }
        const change = changeFor(edit, known, clock.now());
        if (change === undefined) {
          return;
        }
        expected = edit.kind === 'add' ? (known === undefined ? 0 : known.leaseEpoch + 1) : undefined;
        await store.update(key, change);
        return;
      } catch (error) {
        if (error instanceof ConditionFailed) {
          // Someone else has written. What is to be changed is decided anew.
          expected = undefined;
        } else {
          this.failed(error, retryMs);
          await new Promise<void>((resolve) => {
            clock.after(retryMs, resolve);
          });
        }
      }
    }
  }
}

function nameOf(edit: StreamEdit): string {
  return edit.kind === 'add' ? edit.wanted.stream.StreamName : edit.StreamName;
}

/** Undefined where nothing is left to do. */
function changeFor(edit: StreamEdit, known: StreamItem | undefined, now: number): Change | undefined {
  switch (edit.kind) {
    case 'add': {
      const { stream, startSelector, until, byMessage } = edit.wanted;
      const attributes = { StreamARN: stream.StreamARN, startSelector, until, byMessage };
      if (known === undefined) {
        return add(attributes);
      }
      return edit.isAnew || known.state === 'gone' ? restart(known, attributes) : undefined;
    }
    case 'retire':
      return known === undefined || known.state === edit.state ? undefined : retire(known, edit.state, now);
    case 'forget':
      return known === undefined ? undefined : forget(known);
  }
}
