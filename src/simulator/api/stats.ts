/** Who called what, how often, and how many connections are open. */
import type { MediaStream, Operation } from '../faults';
import { CallRate } from './call-rate';
import type { RequestRecord } from './events';
import { Points, type PointKind } from './points';

export interface StreamStats {
  /** GetMedia connections open now, and the most there were at once. */
  readonly openConnections: number;
  readonly peakConnections: number;
  /** The same of GetMediaForFragmentList. */
  readonly openListConnections: number;
  readonly peakListConnections: number;
  /** GetMedia calls, refused ones included. */
  readonly calls: number;
  /** The most GetMedia calls that came in any one second. */
  readonly busiestSecond: number;
  /** All calls that named this stream, oldest first; the last thousands only. */
  readonly requests: readonly RequestRecord[];
}

/** What may be asked for, of each stream and of all. */
export interface Limits {
  readonly callsPerSecond: number;
  /** For all streams together. */
  readonly accountCallsPerSecond: Readonly<Partial<Record<Operation, number>>>;
  readonly pointsPerSecond: Readonly<Record<PointKind, number>>;
}

const KEPT_REQUESTS = 10_000;

export class Stats {
  readonly #limits: Limits;
  #requests: RequestRecord[] = [];
  #refused = 0;
  readonly #rates = new Map<string, CallRate>();
  readonly #accountRates = new Map<Operation, CallRate>();
  readonly #points = new Map<string, Points>();
  readonly #open = new Map<string, number>();
  readonly #peak = new Map<string, number>();
  readonly #calls = new Map<string, number>();

  constructor(limits: Limits) {
    this.#limits = limits;
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
    const rate = this.#rates.get(key) ?? new CallRate(this.#limits.callsPerSecond);
    this.#rates.set(key, rate);
    return rate;
  }

  /** The rate of an operation's calls for the whole account. */
  accountRate(operation: Operation): CallRate {
    const rate =
      this.#accountRates.get(operation) ??
      new CallRate(this.#limits.accountCallsPerSecond[operation] ?? Infinity);
    this.#accountRates.set(operation, rate);
    return rate;
  }

  /** Forgets what was counted for a stream that is deleted; its open connections count until they close. */
  forget(stream: string): void {
    for (const counted of [this.#rates, this.#points, this.#peak, this.#calls]) {
      for (const key of counted.keys()) {
        if (key === stream || key.endsWith(` ${stream}`)) {
          counted.delete(key);
        }
      }
    }
  }

  /** The points of a kind that a stream's callers share. */
  points(kind: PointKind, stream: string): Points {
    const key = `${kind} ${stream}`;
    const points = this.#points.get(key) ?? new Points(this.#limits.pointsPerSecond[kind]);
    this.#points.set(key, points);
    return points;
  }

  openConnections(operation: MediaStream, stream: string): number {
    return this.#open.get(`${operation} ${stream}`) ?? 0;
  }

  /** Counts a connection opened (+1) or closed (-1); returns how many there are now. */
  connection(operation: MediaStream, stream: string, change: 1 | -1): number {
    const key = `${operation} ${stream}`;
    const open = this.openConnections(operation, stream) + change;
    if (open === 0) {
      this.#open.delete(key);
    } else {
      this.#open.set(key, open);
    }
    if (change === 1) {
      this.#peak.set(key, Math.max(open, this.#peak.get(key) ?? 0));
    }
    return open;
  }

  #peakConnections(operation: MediaStream, stream: string): number {
    return this.#peak.get(`${operation} ${stream}`) ?? 0;
  }

  of(stream: string): StreamStats {
    const all = this.#requests;
    return {
      openConnections: this.openConnections('GetMedia', stream),
      peakConnections: this.#peakConnections('GetMedia', stream),
      openListConnections: this.openConnections('GetMediaForFragmentList', stream),
      peakListConnections: this.#peakConnections('GetMediaForFragmentList', stream),
      calls: this.#calls.get(stream) ?? 0,
      busiestSecond: this.rate('GetMedia', stream).busiestSecond,
      get requests() {
        return all.filter((request) => request.stream === stream);
      },
    };
  }
}
