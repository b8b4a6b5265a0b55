/**
 * Keeps the position in a stream across deploys (in memory, by node id) and restarts (in the node's context store, which
 * `checkpoint-queue` writes through the access that `context-store` gives). A node that reads several streams has one
 * instance for each, with its own key. A node saves when its session reports a checkpoint: after sending, or, where it
 * waits for acknowledgements, after those.
 *
 * One kind of checkpoint is kept elsewhere: those of a shared fleet are attributes of its streams' items, in the fleet's
 * table, so that another machine can continue (`src/fleet/conditional-writes.ts` writes them, `items.ts` there reads them).
 */
import { systemClock, type Clock } from '../../../src/clock';
import { reasonOf } from '../../../src/kinesis-video';
import type { Position } from '../../../src/session';
import type { Statement } from '../../../src/statement';
import { nodeStatement } from '../node-statements';
import type { NodeContext } from './context-store';
import { checkpointRecord, readCheckpoint, type CheckpointOwner } from './checkpoint-record';
import { ANSWER_WITHIN_MS, NO_ANSWER, CheckpointQueue, isError, type QueueUser } from './checkpoint-queue';

/** Under which the context of a node that reads one stream has its checkpoint. */
const KEY = 'checkpoint';
/** Node-RED gives a node 15 s to close; a context store that does not answer must not use them up. */
const CLOSE_WITHIN_MS = 2_000;

/** What outlives an instance of a node, since each deploy makes another one. */
interface Kept {
  /** The newest instance: an older one that still lets go of something changes nothing. */
  owner: Checkpoints;
  readonly queue: CheckpointQueue;
  /**
   * The last checkpoint, because Node-RED drops a node's context at redeploy where no context store is configured, and
   * because a slow store may have an older one. Its record is undefined where the node has been told to forget.
   */
  last: { readonly record: unknown } | undefined;
}

/** By node id and key. Bounded: of more than this, those that have not moved for longest are forgotten. */
const keptOf = new Map<string, Kept>();
const KEPT_AT_MOST = 10_000;

/** Keeps the position of one node in one stream: in the node's context, and in the memory of the process. */
export class Checkpoints {
  /** In `keptOf`. */
  readonly #id: string;
  readonly #kept: Kept;
  readonly #user: QueueUser;
  #cancelReading: (() => void) | undefined;

  /**
   * Takes over from an earlier instance of the node, of which no further write begins.
   *
   * @param report what went wrong
   * @param key under which the node's context has it
   */
  constructor(
    nodeId: string,
    private readonly context: NodeContext,
    private readonly storeName: string | undefined,
    private readonly report: (what: readonly Statement[]) => void,
    private readonly clock: Clock = systemClock,
    private readonly key = KEY,
  ) {
    this.#id = `${nodeId} ${key}`;
    this.#user = {
      put: (record, done) => {
        context.set(key, record, storeName, done);
      },
      failed: (problem) => {
        report([
          problem === NO_ANSWER
            ? nodeStatement('checkpoint.writeUnanswered', { waitedMs: ANSWER_WITHIN_MS })
            : nodeStatement('checkpoint.writeFailed', { reason: problem }),
        ]);
      },
    };
    this.#kept = keptOf.get(this.#id) ?? {
      owner: this,
      queue: new CheckpointQueue(clock),
      last: undefined,
    };
    this.#kept.owner = this;
    this.#kept.queue.take(this.#user);
    this.#touch();
  }

  /**
   * The position to continue from. A checkpoint that is broken or another stream's is reported and ignored.
   *
   * @param streamIsChosen a message chose the stream, this time or the last, so that another's is no surprise
   */
  async load(owner: CheckpointOwner, streamIsChosen = false): Promise<Position | undefined> {
    const { last, queue } = this.#kept;
    if (last !== undefined && !queue.isWritten(last.record)) {
      // The instance before was closed while the store did not answer.
      queue.write(this.#user, last.record);
    }
    // The newest there is. Of another stream it is what the settings said before this deploy.
    const inMemory = readCheckpoint(last?.record, owner);
    if (inMemory.position !== undefined || (last !== undefined && last.record === undefined)) {
      return inMemory.position;
    }
    const stored = readCheckpoint(await this.#stored(), owner);
    if (stored.problem !== undefined && !(streamIsChosen && stored.isForeign === true)) {
      this.report([nodeStatement('checkpoint.ignored', owner.stream), stored.problem]);
    }
    return stored.position;
  }

  /** Whether the position is known to be lost when Node-RED ends. */
  get isLostAtRestart(): boolean {
    return this.context.isLostAtRestart?.(this.storeName) === true;
  }

  /** Keeps the position; returns at once. */
  save(owner: CheckpointOwner, position: Position): void {
    this.#write(checkpointRecord(owner, position));
  }

  clear(): void {
    this.#write(undefined);
  }

  /** Resolves when nothing is being written any more. */
  settled(): Promise<void> {
    return this.#kept.queue.settled();
  }

  /** Gives up what is being read, and resolves when the newest position is written, or after 2 s. */
  close(): Promise<void> {
    this.#cancelReading?.();
    return this.#kept.queue.close(this.#user, CLOSE_WITHIN_MS);
  }

  #write(record: unknown): void {
    if (this.#kept.owner === this) {
      this.#kept.last = { record };
      this.#touch();
      this.#kept.queue.write(this.#user, record);
    }
  }

  #touch(): void {
    keptOf.delete(this.#id);
    keptOf.set(this.#id, this.#kept);
    const [longestUnmoved] = keptOf.keys();
    if (keptOf.size > KEPT_AT_MOST && longestUnmoved !== undefined) {
      keptOf.delete(longestUnmoved);
    }
  }

  /** What the store has, read when no write is under way. */
  #stored(): Promise<unknown> {
    return new Promise((resolve) => {
      const answer = (value: unknown, problem?: string): void => {
        if (this.#cancelReading === cancel) {
          cancel();
          this.#cancelReading = undefined;
          if (problem !== undefined) {
            this.report([
              problem === NO_ANSWER
                ? nodeStatement('checkpoint.readUnanswered', { waitedMs: ANSWER_WITHIN_MS })
                : nodeStatement('checkpoint.readFailed', { reason: problem }),
            ]);
          }
          resolve(value);
        }
      };
      const cancel = this.clock.after(ANSWER_WITHIN_MS, () => {
        answer(undefined, NO_ANSWER);
      });
      this.#cancelReading = cancel;
      void this.settled().then(() => {
        this.#get(answer);
      });
    });
  }

  #get(answer: (value: unknown, problem?: string) => void): void {
    const done = (error: unknown, value?: unknown): void => {
      answer(isError(error) ? undefined : value, isError(error) ? reasonOf(error) : undefined);
    };
    try {
      this.context.get(this.key, this.storeName, done);
    } catch (error) {
      done(error);
    }
  }
}
