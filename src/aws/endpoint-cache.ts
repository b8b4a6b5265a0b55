import type { StreamRef } from '../options';
import { withAbort } from './abort';

/** A data endpoint is kept this long; AWS's guide speaks of asking again every 45 minutes. */
const MAX_AGE_MS = 45 * 60_000;

interface Known {
  readonly endpoint: string;
  readonly since: number;
}

interface Asking {
  readonly endpoint: Promise<string>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * The data endpoint of each stream. Callers who ask for the same stream at the same time share one call; one who
 * gives up does not disturb the others, and when all have given up the call is aborted.
 */
export class EndpointCache {
  readonly #ask: (stream: StreamRef, signal: AbortSignal) => Promise<string>;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Asking>();

  constructor(ask: (stream: StreamRef, signal: AbortSignal) => Promise<string>, now: () => number) {
    this.#ask = ask;
    this.#now = now;
  }

  async get(stream: StreamRef, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const key = keyOf(stream);
    const known = this.#known.get(key);
    if (known !== undefined && this.#isFresh(known)) {
      return known.endpoint;
    }
    const asking = this.#asking.get(key) ?? this.#begin(key, stream);
    asking.waiting += 1;
    try {
      return await withAbort([signal], () => asking.endpoint);
    } finally {
      asking.waiting -= 1;
      if (asking.waiting === 0) {
        this.#end(key, asking);
        asking.controller.abort();
      }
    }
  }

  /** Also turns later callers away from a call that is under way: its answer may be the one that was wrong. */
  forget(stream: StreamRef): void {
    this.#known.delete(keyOf(stream));
    this.#asking.delete(keyOf(stream));
  }

  #begin(key: string, stream: StreamRef): Asking {
    const controller = new AbortController();
    const endpoint = this.#ask(stream, controller.signal);
    const asking: Asking = { endpoint, controller, waiting: 0 };
    this.#asking.set(key, asking);
    endpoint.then(
      (found) => {
        if (this.#asking.get(key) === asking) {
          this.#keep(key, found);
        }
        this.#end(key, asking);
      },
      () => {
        this.#end(key, asking);
      },
    );
    return asking;
  }

  #end(key: string, asking: Asking): void {
    if (this.#asking.get(key) === asking) {
      this.#asking.delete(key);
    }
  }

  /** Throws out what is stale, so that streams which nobody reads any more do not pile up. */
  #keep(key: string, endpoint: string): void {
    for (const [other, known] of this.#known) {
      if (!this.#isFresh(known)) {
        this.#known.delete(other);
      }
    }
    this.#known.set(key, { endpoint, since: this.#now() });
  }

  /** A clock that was set back makes an age unknown, hence not fresh. */
  #isFresh({ since }: Known): boolean {
    const age = this.#now() - since;
    return age >= 0 && age < MAX_AGE_MS;
  }
}

function keyOf(stream: StreamRef): string {
  return stream.StreamARN ?? stream.StreamName;
}
