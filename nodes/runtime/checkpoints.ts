import { systemClock, type Clock } from '../../src/clock';
import type { Position } from '../../src/session';
import { checkpointRecord, readCheckpoint, type CheckpointOwner } from './checkpoint-record';

/** The part of a node's context that is used. Calls back with an error, or without. */
export interface ContextStore {
  get(key: string, store: string | undefined, done: (error: unknown, value?: unknown) => void): void;
  set(key: string, value: unknown, store: string | undefined, done: (error: unknown) => void): void;
}

const KEY = 'checkpoint';
/** A store whose server is down may never answer. Reading must not wait for it for ever, nor be silent about it. */
const ANSWER_WITHIN_MS = 10_000;
const NO_ANSWER = `it has not answered for ${ANSWER_WITHIN_MS / 1_000} s`;

/**
 * The last checkpoint of each node of this process, because Node-RED drops a node's context at redeploy where no
 * context store is configured. Bounded: of more nodes than this, those that have not moved for longest are forgotten.
 */
const remembered = new Map<string, unknown>();
const REMEMBERED_AT_MOST = 1_000;

/**
 * Keeps one node's place in its context. Writes never overlap and never queue: while one is under way only the newest
 * position waits, so a slow store costs the media path nothing.
 */
export class Checkpoints {
  #next: { readonly record: unknown } | undefined;
  #writing: Promise<void> | undefined;
  #writeBegan = 0;
  #failing = false;
  #cancelDeadline: (() => void) | undefined;

  /**
   * @param tell what went wrong, worded for a person
   */
  constructor(
    private readonly nodeId: string,
    private readonly context: ContextStore,
    private readonly storeName: string | undefined,
    private readonly tell: (what: string) => void,
    private readonly clock: Clock = systemClock,
  ) {}

  /**
   * The position to go on from. A checkpoint that is broken or another stream's is reported and ignored.
   *
   * @param streamIsChosen a message chose the stream, this time or the last, so that another's is no surprise
   */
  async load(owner: CheckpointOwner, streamIsChosen = false): Promise<Position | undefined> {
    // What is remembered is the newest there is; of another stream it is what the settings said before this deploy.
    const inMemory = readCheckpoint(remembered.get(this.nodeId), owner);
    const kept = readCheckpoint(await this.#stored(), owner);
    if (kept.problem !== undefined && !(streamIsChosen && kept.isForeign === true)) {
      this.tell(`The checkpoint of stream "${owner.stream.StreamName}" is ignored: ${kept.problem}`);
    }
    return inMemory.position ?? kept.position;
  }

  /** Keeps the position; returns at once. */
  save(owner: CheckpointOwner, position: Position): void {
    this.#write(checkpointRecord(owner, position));
  }

  clear(): void {
    this.#write(undefined);
  }

  /** Resolves when nothing is being written any more. */
  async settled(): Promise<void> {
    while (this.#writing !== undefined) {
      await this.#writing;
    }
  }

  /** Gives up what is being read, and resolves when nothing is being written any more. */
  close(): Promise<void> {
    this.#cancelDeadline?.();
    return this.settled();
  }

  #stored(): Promise<unknown> {
    return new Promise((resolve) => {
      const answer = (value: unknown, problem?: string): void => {
        if (this.#cancelDeadline === cancel) {
          cancel();
          this.#cancelDeadline = undefined;
          if (problem !== undefined) {
            this.tell(`The checkpoint could not be read from the context store: ${problem}`);
          }
          resolve(value);
        }
      };
      const cancel = this.clock.after(ANSWER_WITHIN_MS, () => {
        answer(undefined, NO_ANSWER);
      });
      this.#cancelDeadline = cancel;
      void this.settled().then(() => {
        this.#get(answer);
      });
    });
  }

  #get(answer: (value: unknown, problem?: string) => void): void {
    const done = (error: unknown, value?: unknown): void => {
      answer(isError(error) ? undefined : value, isError(error) ? wording(error) : undefined);
    };
    try {
      this.context.get(KEY, this.storeName, done);
    } catch (error) {
      done(error);
    }
  }

  #write(record: unknown): void {
    remembered.delete(this.nodeId);
    if (record !== undefined) {
      remembered.set(this.nodeId, record);
      const [longestUnmoved] = remembered.keys();
      if (remembered.size > REMEMBERED_AT_MOST && longestUnmoved !== undefined) {
        remembered.delete(longestUnmoved);
      }
    }
    this.#next = { record };
    if (this.#writing !== undefined && this.clock.monotonic() - this.#writeBegan >= ANSWER_WITHIN_MS) {
      this.#fail(NO_ANSWER);
    }
    this.#writing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    for (let next = this.#takeNext(); next !== undefined; next = this.#takeNext()) {
      this.#writeBegan = this.clock.monotonic();
      const error = await this.#set(next.record);
      if (isError(error)) {
        this.#fail(wording(error));
      } else {
        this.#failing = false;
      }
    }
    this.#writing = undefined;
  }

  /** Says so once, until a write has succeeded. */
  #fail(problem: string): void {
    if (!this.#failing) {
      this.#failing = true;
      this.tell(`The checkpoint could not be written to the context store: ${problem}`);
    }
  }

  #takeNext(): { readonly record: unknown } | undefined {
    const next = this.#next;
    this.#next = undefined;
    return next;
  }

  #set(record: unknown): Promise<unknown> {
    return new Promise((resolve) => {
      try {
        this.context.set(KEY, record, this.storeName, resolve);
      } catch (error) {
        resolve(error);
      }
    });
  }
}

function isError(error: unknown): boolean {
  return error !== undefined && error !== null;
}

function wording(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
