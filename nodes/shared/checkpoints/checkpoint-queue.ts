/** Queues checkpoints for a context store that may be slow or fail, and retries, for one instance of a node after the other. */
import type { Clock } from '../../../src/clock';
import { reasonOf } from '../../../src/kinesis-video';

/** One instance of a node, as the queue sees it. A deploy makes another one. */
export interface QueueUser {
  /** Writes to the instance's context; may throw, call back with an error, late or never. */
  put(record: unknown, done: (error: unknown) => void): void;
  /** A write has failed; said once until one has succeeded. */
  failed(problem: string): void;
}

/** A store whose server is down may never answer. */
export const ANSWER_WITHIN_MS = 10_000;
export const NO_ANSWER = 'no answer';
/** Between a failed write and the next one: doubled each time, up to the second. */
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

interface Entry {
  readonly record: unknown;
}

/**
 * Writes the records of one node to its context store, whichever instance of the node is there. One write at a time,
 * and of those that wait only the newest is written, so a slow store costs the media path nothing. Each has a deadline;
 * what fails is retried. An instance that has been closed or replaced begins no further write.
 */
export class CheckpointQueue {
  #user: QueueUser | undefined;
  /** What the user wants written, until it is. */
  #wanted: Entry | undefined;
  /** What the user wanted last, written or not. */
  #newest: Entry | undefined;
  /** What the store has for certain. */
  #inStore: Entry | undefined;
  #underWay: Promise<void> | undefined;
  #failures = 0;
  #cancelRetry: (() => void) | undefined;

  constructor(private readonly clock: Clock) {}

  /** From now on this user alone writes. What another one still wanted written is dropped. */
  take(user: QueueUser): void {
    this.#leave();
    this.#user = user;
  }

  /** Returns at once. Ignored from anyone but the present user. */
  write(user: QueueUser, record: unknown): void {
    if (user === this.#user) {
      this.#newest = this.#wanted = { record };
      if (this.#cancelRetry === undefined) {
        this.#begin();
      }
    }
  }

  /** Has the store this very record? */
  isWritten(record: unknown): boolean {
    return this.#inStore !== undefined && this.#inStore.record === record;
  }

  /** Resolves when nothing is being written. What waits for another try is not waited for. */
  async settled(): Promise<void> {
    while (this.#underWay !== undefined) {
      await this.#underWay;
    }
  }

  /**
   * Ends the user's writing: what it still wants written is tried once more. Resolves when that is done, or after
   * `withinMs`; no write begins after that.
   */
  close(user: QueueUser, withinMs: number): Promise<void> {
    if (user !== this.#user) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const closed = (): void => {
        cancel();
        if (user === this.#user) {
          this.#leave();
        }
        resolve();
      };
      const cancel = this.clock.after(withinMs, closed);
      void this.#lastTry(user).then(closed);
    });
  }

  async #lastTry(user: QueueUser): Promise<void> {
    await this.settled();
    if (user === this.#user && this.#wanted !== undefined) {
      this.#begin();
      await this.settled();
    }
  }

  #leave(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.#user = undefined;
    this.#wanted = undefined;
    this.#newest = undefined;
    this.#failures = 0;
  }

  #begin(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    if (this.#user !== undefined && this.#wanted !== undefined) {
      this.#underWay ??= this.#writeNow(this.#user, this.#wanted);
    }
  }

  async #writeNow(user: QueueUser, entry: Entry): Promise<void> {
    const problem = await this.#put(user, entry);
    if (user === this.#user) {
      if (problem === undefined) {
        this.#failures = 0;
      } else if (this.#wanted !== undefined) {
        this.#failed(user, problem);
      }
    }
    this.#underWay = undefined;
    if (this.#cancelRetry === undefined) {
      this.#begin();
    }
  }

  #failed(user: QueueUser, problem: string): void {
    if (this.#failures === 0) {
      user.failed(problem);
    }
    const inMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#cancelRetry = this.clock.after(inMs, () => {
      this.#begin();
    });
  }

  /** Resolves with what went wrong. */
  #put(user: QueueUser, entry: Entry): Promise<string | undefined> {
    return new Promise((resolve) => {
      let answered = false;
      const answer = (error: unknown): void => {
        if (!answered) {
          answered = true;
          cancel();
          if (!isError(error)) {
            this.#written(entry);
          }
          // Without effect when the deadline has passed.
          resolve(isError(error) ? reasonOf(error) : undefined);
        }
      };
      const cancel = this.clock.after(ANSWER_WITHIN_MS, () => {
        resolve(NO_ANSWER);
      });
      try {
        user.put(entry.record, answer);
      } catch (error) {
        answer(error);
      }
    });
  }

  /** Also hears of writes that were given up: one that was late may have replaced a newer record in the store. */
  #written(entry: Entry): void {
    this.#inStore = entry;
    if (entry === this.#newest) {
      this.#wanted = undefined;
      this.#failures = 0;
      this.#cancelRetry?.();
      this.#cancelRetry = undefined;
    } else if (this.#newest !== undefined) {
      this.#wanted = this.#newest;
      if (this.#cancelRetry === undefined) {
        this.#begin();
      }
    }
  }
}

/** Stores call back with null, undefined or an error. */
export function isError(error: unknown): boolean {
  return error !== undefined && error !== null;
}
