/**
 * Faults on demand: what can go wrong, in which words it is asked for, and which call it meets. How a fault then
 * shows is the business of the planes and of MediaResponse.
 */
import type { ErrorBody, HeaderStyle } from '../api/responses';

export const OPERATIONS = [
  'GetDataEndpoint',
  'ListStreams',
  'DescribeStream',
  'CreateStream',
  'GetMedia',
  'PutMedia',
] as const;
export type Operation = (typeof OPERATIONS)[number];

interface Common {
  /** Only calls for this stream; absent: any. */
  readonly stream?: string;
  /** How many calls it meets, or `always`; default 1. */
  readonly times?: number | 'always';
  /** Matching calls to let pass first; default 0. */
  readonly afterCalls?: number;
  /** Chance in [0, 1] with which it meets a matching call; default 1. */
  readonly probability?: number;
}

interface OfAnyOperation extends Common {
  /** Only this operation; absent: any (`moved-endpoint`: GetMedia). */
  readonly operation?: Operation;
}

/** Where in a response's body something ends: after so many bytes, before the n-th chunk, or half-way into it. */
interface Ending extends Common {
  readonly afterBytes?: number;
  readonly afterChunks?: number;
  readonly midChunk?: number;
}

/** Which chunk of a response's body it befalls: 0 (the default) is the first. */
interface OfChunk extends Common {
  readonly afterChunks?: number;
}

/** In place of, or before, a response's head. */
export type HeadFault =
  | (OfAnyOperation & {
      readonly kind: 'http-error';
      readonly ErrorType: string;
      readonly statusCode: number;
      readonly message?: string;
      readonly body?: ErrorBody;
      readonly headerStyle?: HeaderStyle;
    })
  /** ExpiredTokenException, whatever the credentials. */
  | (OfAnyOperation & { readonly kind: 'expired-credentials' })
  /** The connection is reset before the head. */
  | (OfAnyOperation & { readonly kind: 'reset' })
  /** The connection is closed, and for `forMs` (default 1000) no new one is accepted on that port. */
  | (OfAnyOperation & { readonly kind: 'refuse-connection'; readonly forMs?: number })
  /** The stream moves to a new data port: InvalidEndpointException at the old one from now on. */
  | (OfAnyOperation & { readonly kind: 'moved-endpoint' });

/** The head comes late, whatever it then is. */
export type SlowHeadFault = OfAnyOperation & { readonly kind: 'slow-head'; readonly delayMs: number };

/** The service's clock is off until the fault is cleared: shows in `Date` and in the check of signatures. */
export type ClockFault = Common & { readonly kind: 'clock-skew'; readonly offsetMs: number };

/** In the body of a GetMedia response. */
export type BodyFault =
  /** The socket is destroyed; default half-way into the first chunk. */
  | (Ending & { readonly kind: 'cut' })
  /** Nothing more is sent and nothing is closed; default half-way into the first chunk. */
  | (Ending & { readonly kind: 'stall' })
  /** The response ends cleanly; default after one chunk. */
  | (Ending & { readonly kind: 'early-end' })
  /** `length` bytes (default 16) from `offset` are overwritten with noise. */
  | (Common & { readonly kind: 'corrupt'; readonly offset: number; readonly length?: number })
  /** `bytes` of noise (default 1000) before a chunk, or (`html`) a web page there, or (`whole`) nothing but the page. */
  | (OfChunk & {
      readonly kind: 'garbage';
      readonly bytes?: number;
      readonly html?: boolean;
      readonly whole?: boolean;
    })
  /** Error tags before a chunk, or (`mid`) in the middle of its Cluster; then the response ends. */
  | (OfChunk & {
      readonly kind: 'in-band-error';
      readonly ErrorId: number;
      readonly ErrorCode?: string;
      readonly mid?: boolean;
    })
  | (OfChunk & {
      readonly kind: 'duplicate-chunk' | 'missing-tail' | 'drop-chunk' | 'clusterless-chunk';
    });

export type Fault = HeadFault | SlowHeadFault | ClockFault | BodyFault;
export type FaultKind = Fault['kind'];

export interface ActiveFault {
  readonly id: string;
  readonly fault: Fault;
  /** Calls that it will still meet; null: no end. */
  readonly left: number | null;
}

const HEAD_KINDS: readonly string[] = [
  'http-error',
  'expired-credentials',
  'reset',
  'refuse-connection',
  'moved-endpoint',
];

interface Entry {
  readonly id: string;
  readonly fault: Fault;
  left: number;
  calls: number;
}

/** The faults that are waiting for a call to meet. */
export class FaultBook {
  #entries: Entry[] = [];
  #nextId = 1;
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Returns the id by which it can be cleared. */
  add(fault: Fault): string {
    const id = String(this.#nextId++);
    const times = fault.times ?? (fault.kind === 'clock-skew' ? 'always' : 1);
    this.#entries.push({ id, fault, left: times === 'always' ? Infinity : times, calls: 0 });
    return id;
  }

  /** Clears one, or all. Says whether there was any. */
  clear(id?: string): boolean {
    const before = this.#entries.length;
    this.#entries = id === undefined ? [] : this.#entries.filter((entry) => entry.id !== id);
    return this.#entries.length < before;
  }

  list(): ActiveFault[] {
    return this.#entries.map(({ id, fault, left }) => ({ id, fault, left: left === Infinity ? null : left }));
  }

  /** ms that the service's clock is ahead of the true one. */
  get clockOffsetMs(): number {
    return this.#entries.reduce(
      (sum, { fault }) => sum + (fault.kind === 'clock-skew' ? fault.offsetMs : 0),
      0,
    );
  }

  /** What delays this call's head, ms. */
  takeDelay(operation: Operation, stream: string | undefined): number {
    const fault = this.#takeFirst(operation, stream, ({ kind }) => kind === 'slow-head');
    return fault?.kind === 'slow-head' ? fault.delayMs : 0;
  }

  /** What this call gets in place of an answer: one fault, so that several in the book befall successive calls. */
  takeHead(operation: Operation, stream: string | undefined): HeadFault | undefined {
    return this.#takeFirst(operation, stream, isHead);
  }

  /** What befalls the body of this GetMedia response: at most one fault of each kind. */
  takeBody(stream: string): BodyFault[] {
    const taken: BodyFault[] = [];
    for (const kind of new Set(this.#entries.map(({ fault }) => fault.kind))) {
      const fault = this.#takeFirst(
        'GetMedia',
        stream,
        (candidate) => candidate.kind === kind && isBody(candidate),
      );
      if (fault !== undefined && isBody(fault)) {
        taken.push(fault);
      }
    }
    return taken;
  }

  #takeFirst<T extends Fault>(
    operation: Operation,
    stream: string | undefined,
    matches: ((fault: Fault) => fault is T) | ((fault: Fault) => boolean),
  ): T | undefined {
    let taken: T | undefined;
    for (const entry of this.#entries) {
      const { fault } = entry;
      if (!matches(fault) || !meets(fault, operation, stream)) {
        continue;
      }
      entry.calls++;
      const due = entry.calls > (fault.afterCalls ?? 0);
      if (taken === undefined && due && this.#random() < (fault.probability ?? 1)) {
        entry.left--;
        taken = fault as T;
      }
    }
    this.#entries = this.#entries.filter(({ left }) => left > 0);
    return taken;
  }
}

function meets(fault: Fault, operation: Operation, stream: string | undefined): boolean {
  if (fault.stream !== undefined && fault.stream !== stream) {
    return false;
  }
  const wanted =
    fault.kind === 'moved-endpoint' ? 'GetMedia' : 'operation' in fault ? fault.operation : undefined;
  return wanted === undefined || wanted === operation;
}

function isHead(fault: Fault): fault is HeadFault {
  return HEAD_KINDS.includes(fault.kind);
}

function isBody(fault: Fault): fault is BodyFault {
  return !isHead(fault) && fault.kind !== 'slow-head' && fault.kind !== 'clock-skew';
}
