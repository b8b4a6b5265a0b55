/** Keeps the faults that were asked for, and chooses which of them a call gets. */
import type { BodyFault, Fault, HeadFault, MediaStream, Operation } from './fault';

export interface ActiveFault {
  readonly id: string;
  readonly fault: Fault;
  /** Calls that it will still affect; null: no end. */
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

/** The faults that wait for a call to affect. */
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

  /** Clears one, or all. Returns whether there was any. */
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

  /** The delay of this call's head, ms. */
  takeDelay(operation: Operation, stream: string | undefined): number {
    const fault = this.#takeFirst(operation, stream, ({ kind }) => kind === 'slow-head');
    return fault?.kind === 'slow-head' ? fault.delayMs : 0;
  }

  /** What this call gets in place of an answer: one fault, so that several in the book affect successive calls. */
  takeHead(operation: Operation, stream: string | undefined): HeadFault | undefined {
    return this.#takeFirst(operation, stream, isHead);
  }

  /** The faults of this response's body: at most one fault of each kind. */
  takeBody(operation: MediaStream, stream: string): BodyFault[] {
    const taken: BodyFault[] = [];
    for (const kind of new Set(this.#entries.map(({ fault }) => fault.kind))) {
      const fault = this.#takeFirst(
        operation,
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
      if (!matches(fault) || !affects(fault, operation, stream)) {
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

function affects(fault: Fault, operation: Operation, stream: string | undefined): boolean {
  if (fault.stream !== undefined && fault.stream !== stream) {
    return false;
  }
  const wanted = 'operation' in fault ? fault.operation : DEFAULT_OPERATION[fault.kind];
  return wanted === undefined || wanted === operation;
}

/** The operation of faults that make no sense elsewhere; the others affect any. */
const DEFAULT_OPERATION: Partial<Record<Fault['kind'], Operation>> = {
  'moved-endpoint': 'GetMedia',
  'reordered-chunks': 'GetMediaForFragmentList',
};

function isHead(fault: Fault): fault is HeadFault {
  return HEAD_KINDS.includes(fault.kind);
}

function isBody(fault: Fault): fault is BodyFault {
  return !isHead(fault) && fault.kind !== 'slow-head' && fault.kind !== 'clock-skew';
}
