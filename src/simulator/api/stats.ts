/** Who called what, how often, and how many connections are open. */
import type { Operation } from '../faults';
import { CallRate } from './call-rate';
import type { RequestRecord } from './events';

export interface StreamStats {
  /** GetMedia connections open now, and the most there were at once. */
  readonly openConnections: number;
  readonly peakConnections: number;
  /** GetMedia calls, refused ones included. */
  readonly calls: number;
  /** The most GetMedia calls that came in any one second. */
  readonly busiestSecond: number;
  /** All calls that named this stream, oldest first; the last thousands only. */
  readonly requests: readonly RequestRecord[];
}

const KEPT_REQUESTS = 10_000;

export class Stats {
  readonly #limit: number;
  #requests: RequestRecord[] = [];
  #refused = 0;
  readonly #rates = new Map<string, CallRate>();
  readonly #open = new Map<string, number>();
  readonly #peak = new Map<string, number>();
  readonly #calls = new Map<string, number>();

  constructor(callsPerSecond: number) {
    this.#limit = callsPerSecond;
  }

  /** All calls, oldest first; the last thousands only. */
  get requests(): readonly RequestRecord[] {
    return this.#requests;
  }

  /** Calls that were answered with an error. */
  get refused(): number {
    return this.#refused;
  }

  /** @param isKnown the stream exists: only then are its calls counted apart */
  record(record: RequestRecord, isKnown: boolean): void {
    this.#refused += record.statusCode >= 400 ? 1 : 0;
    this.#requests.push(record);
    if (this.#requests.length > 2 * KEPT_REQUESTS) {
      this.#requests = this.#requests.slice(-KEPT_REQUESTS);
    }
    if (record.operation === 'GetMedia' && record.stream !== undefined && isKnown) {
      this.#calls.set(record.stream, (this.#calls.get(record.stream) ?? 0) + 1);
    }
  }

  rate(operation: Operation, stream: string): CallRate {
    const key = `${operation} ${stream}`;
    const rate = this.#rates.get(key) ?? new CallRate(this.#limit);
    this.#rates.set(key, rate);
    return rate;
  }

  openConnections(stream: string): number {
    return this.#open.get(stream) ?? 0;
  }

  /** Counts a connection opened (+1) or closed (-1); returns how many there are now. */
  connection(stream: string, change: 1 | -1): number {
    const open = this.openConnections(stream) + change;
    this.#open.set(stream, open);
    this.#peak.set(stream, Math.max(open, this.#peak.get(stream) ?? 0));
    return open;
  }

  of(stream: string): StreamStats {
    return {
      openConnections: this.openConnections(stream),
      peakConnections: this.#peak.get(stream) ?? 0,
      calls: this.#calls.get(stream) ?? 0,
      busiestSecond: this.rate('GetMedia', stream).busiestSecond,
      requests: this.#requests.filter((request) => request.stream === stream),
    };
  }
}
