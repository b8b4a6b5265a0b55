/** Keeps the positions of many streams in the node's context, each under a key of its own. */
import type { ConfigSettings, StreamRef } from '../../src/options';
import type { Position } from '../../src/session';
import type { PositionStore } from '../../src/streams';
import type { Checkpoints } from '../shared/checkpoints/checkpoints';

/** Makes what keeps one position. @param key under which the node's context has it */
export type MakeCheckpoints = (key: string) => Checkpoints;

/**
 * Of streams that are not read any more and may come back. Calls may have a stream each, so that without a limit the
 * context would grow for ever.
 */
const LEFT_AT_MOST = 1_000;

export class FleetCheckpoints implements PositionStore {
  readonly #open = new Map<string, Checkpoints>();
  /** Names of streams that were read and have a checkpoint, the one that ended first at the front. */
  readonly #left = new Set<string>();
  readonly #closing = new Set<Promise<void>>();

  constructor(
    private readonly account: Pick<ConfigSettings, 'region' | 'endpoint'>,
    private readonly make: MakeCheckpoints,
  ) {}

  load(stream: StreamRef): Promise<Position | undefined> {
    // A stream that was deleted and made again is no surprise.
    return this.#of(stream).load({ stream, account: this.account }, true);
  }

  save(stream: StreamRef, position: Position): void {
    this.#of(stream).save({ stream, account: this.account }, position);
  }

  clear(stream: StreamRef): void {
    this.#left.delete(stream.StreamName);
    this.#of(stream).clear();
  }

  release({ StreamName }: StreamRef): void {
    const checkpoints = this.#open.get(StreamName);
    if (checkpoints === undefined) {
      return;
    }
    this.#open.delete(StreamName);
    this.#close(checkpoints);
    this.#left.delete(StreamName);
    this.#left.add(StreamName);
    const [first] = this.#left;
    if (this.#left.size > LEFT_AT_MOST && first !== undefined) {
      this.#left.delete(first);
      const oldest = this.make(keyOf(first));
      oldest.clear();
      this.#close(oldest);
    }
  }

  async close(): Promise<void> {
    for (const checkpoints of this.#open.values()) {
      this.#close(checkpoints);
    }
    this.#open.clear();
    await Promise.all(this.#closing);
  }

  #of({ StreamName }: StreamRef): Checkpoints {
    const checkpoints = this.#open.get(StreamName) ?? this.make(keyOf(StreamName));
    this.#open.set(StreamName, checkpoints);
    this.#left.delete(StreamName);
    return checkpoints;
  }

  #close(checkpoints: Checkpoints): void {
    const closing = checkpoints.close();
    this.#closing.add(closing);
    void closing.then(() => {
      this.#closing.delete(closing);
    });
  }
}

/** Node-RED takes a dot in a key for a step into an object. No stream name has a colon. */
export function keyOf(StreamName: string): string {
  return `checkpoint:${StreamName.replaceAll('.', ':')}`;
}
