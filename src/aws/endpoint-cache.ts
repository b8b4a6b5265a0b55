/** Data endpoints, kept for a while by stream and API. */
import type { StreamRef } from '../options';
import { withAbort } from './abort';
import { API_NAMES, type APIName } from './operations';

/** A data endpoint is kept this long; AWS's guide speaks of asking again every 45 minutes. */
const MAX_AGE_MS = 45 * 60_000;

interface Known {
  readonly endpoint: string;
  readonly since: number;
}

interface PendingLookup {
  readonly endpoint: Promise<string>;
  readonly controller: AbortController;
  waiting: number;
}

/** Asks GetDataEndpoint for the endpoint of a stream that an API is called at. */
export type AskForEndpoint = (stream: StreamRef, APIName: APIName, signal: AbortSignal) => Promise<string>;

/**
 * The data endpoints of each stream, by API. Callers who ask for the same one at the same time share one call; one who
 * gives up does not disturb the others, and when all have given up the call is aborted.
 */
export class EndpointCache {
  readonly #ask: AskForEndpoint;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();
  readonly #pending = new Map<string, PendingLookup>();

  /** @param now ms, of a clock that only goes forward */
  constructor(ask: AskForEndpoint, now: () => number) {
    this.#ask = ask;
    this.#now = now;
  }

  async get(stream: StreamRef, APIName: APIName, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const key = keyOf(stream, APIName);
    const known = this.#known.get(key);
    if (known !== undefined && this.#isFresh(known)) {
      return known.endpoint;
    }
    const pending = this.#pending.get(key) ?? this.#begin(key, (inner) => this.#ask(stream, APIName, inner));
    pending.waiting += 1;
    try {
      return await withAbort([signal], () => pending.endpoint);
    } finally {
      pending.waiting -= 1;
      if (pending.waiting === 0) {
        this.#end(key, pending);
        pending.controller.abort();
      }
    }
  }

  /**
   * Forgets the endpoints of a stream for all APIs. Also turns later callers away from calls that are under way: an
   * answer may be the one that was wrong.
   */
  forget(stream: StreamRef): void {
    for (const APIName of API_NAMES) {
      this.#known.delete(keyOf(stream, APIName));
      this.#pending.delete(keyOf(stream, APIName));
    }
  }

  #begin(key: string, ask: (signal: AbortSignal) => Promise<string>): PendingLookup {
    const controller = new AbortController();
    const endpoint = ask(controller.signal);
    const pending: PendingLookup = { endpoint, controller, waiting: 0 };
    this.#pending.set(key, pending);
    endpoint.then(
      (found) => {
        if (this.#pending.get(key) === pending) {
          this.#keep(key, found);
        }
        this.#end(key, pending);
      },
      () => {
        this.#end(key, pending);
      },
    );
    return pending;
  }

  #end(key: string, pending: PendingLookup): void {
    if (this.#pending.get(key) === pending) {
      this.#pending.delete(key);
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

function keyOf(stream: StreamRef, APIName: APIName): string {
  return `${APIName} ${stream.StreamARN ?? stream.StreamName}`;
}
