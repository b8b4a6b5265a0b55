import { KinesisVideoError, type MediaResponse, type MediaService } from '../../../src/kinesis-video';
import type { StartSelector, StreamRef } from '../../../src/options';
import { makePiece, type Piece } from './flawed-chunk';
import type { ModelClock } from './model-clock';
import { ModelResponse, type Next } from './model-response';
import { EPOCH, type ModelFragment } from './model-stream';
import type { CallLog, ResponseLog, RunLog } from './run-log';
import { ALWAYS, type CallFault, type Flaw, type Scenario } from './scenario';

const SLOW_ANSWER_MS = 7_000;
/** How long after its end the newest chunk still counts as live. */
const LIVE_MS = 3_000;

const REFUSALS: Partial<
  Record<CallFault['kind'], { readonly ErrorType: string; readonly statusCode: number | null }>
> = {
  throttled: { ErrorType: 'ClientLimitExceededException', statusCode: 400 },
  'server-error': { ErrorType: 'InternalFailure', statusCode: 500 },
  'network-error': { ErrorType: 'NetworkError', statusCode: null },
  'expired-credentials': { ErrorType: 'ExpiredTokenException', statusCode: 403 },
  'moved-endpoint': { ErrorType: 'InvalidEndpointException', statusCode: 400 },
  refused: { ErrorType: 'AccessDeniedException', statusCode: 403 },
  'no-endpoint': { ErrorType: 'NetworkError', statusCode: null },
  'position-argument': { ErrorType: 'InvalidArgumentException', statusCode: 400 },
};

/** The service as a scenario has it: an in-memory stream with retention, and faults at the given calls and chunks. */
export class ModelService {
  readonly #faults: Map<number, CallFault>;
  readonly #flaws: { readonly flaw: Flaw; used: number }[];

  constructor(
    private readonly scenario: Scenario,
    private readonly fragments: readonly ModelFragment[],
    private readonly clock: ModelClock,
    private readonly log: RunLog,
  ) {
    this.#faults = new Map(scenario.calls.map((fault) => [fault.call, fault]));
    this.#flaws = scenario.flaws.map((flaw) => ({ flaw, used: 0 }));
  }

  /** What the session of this index sees. `configured` is the selector of its settings. */
  forSession(session: number, configured: StartSelector): MediaService {
    return {
      clockOffsetMs: 0,
      resolveEndpoint: () => this.#resolve(session),
      getMedia: (_stream: StreamRef, selector, signal) =>
        this.#getMedia(session, configured, selector, signal),
      forgetEndpoint: () => undefined,
      forgetCredentials: () => undefined,
      correctClock: () => undefined,
    };
  }

  #resolve(session: number): Promise<string> {
    const { calls } = this.log;
    const fault = this.#faults.get(calls.filter(({ selector }) => selector !== undefined).length);
    if (fault?.kind !== 'no-endpoint') {
      return Promise.resolve('https://data.example');
    }
    this.#faults.delete(fault.call);
    const call = this.#newCall(session, undefined);
    return Promise.reject(this.#refusal(call, fault.kind, 'GetDataEndpoint'));
  }

  #getMedia(
    session: number,
    configured: StartSelector,
    selector: StartSelector,
    signal: AbortSignal,
  ): Promise<MediaResponse> {
    const { calls, problems } = this.log;
    const fault = this.#faults.get(calls.filter((call) => call.selector !== undefined).length);
    for (const { response } of calls) {
      if (response !== undefined && response.closed === undefined && response.over === undefined) {
        problems.push(`open connection: ${response.RequestId} is still open when the next call is made`);
      }
    }
    const call = this.#newCall(session, selector);
    const learnt = JSON.stringify(selector) !== JSON.stringify(configured);
    return new Promise((resolve, reject) => {
      const answer = (): void => {
        const refused = this.#refusedWith(fault?.kind, selector, learnt);
        if (refused === 'in-band') {
          resolve(this.#open(call, this.#unknownPosition(), 0, learnt));
        } else if (refused === undefined) {
          resolve(this.#open(call, undefined, this.#indexOf(selector), learnt, fault?.kind));
        } else {
          reject(this.#refusal(call, refused, 'GetMedia'));
        }
      };
      const cancel = this.clock.after(fault?.kind === 'slow-answer' ? SLOW_ANSWER_MS : 20, answer);
      signal.addEventListener('abort', () => {
        // Also called when the response is there, since it ends the state in which the call was made.
        if (call.response === undefined && call.refusedWith === undefined) {
          cancel();
          call.abandoned = true;
          reject(new Error('aborted'));
        }
      });
    });
  }

  #newCall(session: number, selector: StartSelector | undefined): CallLog {
    const call: CallLog = {
      session,
      at: this.clock.time,
      selector,
      refusedWith: undefined,
      response: undefined,
      abandoned: false,
    };
    this.log.calls.push(call);
    return call;
  }

  /** Whether, and how, the call is refused: by its fault, or since it names what is no longer kept. */
  #refusedWith(
    fault: CallFault['kind'] | undefined,
    selector: StartSelector,
    learnt: boolean,
  ): CallFault['kind'] | 'in-band' | undefined {
    const isPosition = fault === 'position-in-band' || fault === 'position-argument';
    if (fault !== undefined && (isPosition ? learnt : REFUSALS[fault] !== undefined)) {
      return fault === 'position-in-band' ? 'in-band' : fault;
    }
    const named = this.#named(selector);
    if (named === undefined || !learnt || !this.#isGone(named)) {
      return undefined;
    }
    switch (this.scenario.service.onForgotten) {
      case 'oldest':
        return undefined;
      case 'in-band-error':
        return 'in-band';
      case 'InvalidArgumentException':
        return 'position-argument';
    }
  }

  #refusal(
    call: CallLog,
    kind: CallFault['kind'],
    operation: 'GetMedia' | 'GetDataEndpoint',
  ): KinesisVideoError {
    const { ErrorType, statusCode } = REFUSALS[kind] ?? { ErrorType: 'InternalFailure', statusCode: 500 };
    const RequestId = `refused-${String(this.log.calls.indexOf(call))}`;
    call.refusedWith = { ErrorType, RequestId };
    return new KinesisVideoError(`${operation} was refused.`, {
      ErrorType,
      RequestId,
      operation,
      statusCode,
      serverTime: EPOCH + this.clock.time,
    });
  }

  #open(
    call: CallLog,
    only: Piece | undefined,
    from: number,
    learnt: boolean,
    fault?: CallFault['kind'],
  ): ModelResponse {
    const log: ResponseLog = {
      RequestId: `request-${String(this.log.calls.indexOf(call))}`,
      opened: this.clock.time,
      dropped: [],
      pieces: [],
      lastByteAt: this.clock.time,
      over: undefined,
      closed: undefined,
      paused: [],
    };
    call.response = log;
    let cursor = from;
    let first = true;
    const next = (): Next => {
      if (fault === 'ends-at-once' || (only !== undefined && !first)) {
        return { kind: 'wait', until: Infinity };
      }
      if (only !== undefined) {
        first = false;
        return { kind: 'piece', piece: only, dropped: [] };
      }
      const dropped: number[] = [];
      for (let gone = this.fragments[cursor]; gone !== undefined && this.#isGone(gone);) {
        // The oldest that is kept is where EARLIEST begins: nothing has been dropped before it.
        if (!first || call.selector?.StartSelectorType !== 'EARLIEST') {
          dropped.push(cursor);
        }
        gone = this.fragments[++cursor];
      }
      const fragment = this.fragments[cursor];
      if (fragment === undefined || fragment.begin > this.clock.time) {
        log.dropped.push(...dropped);
        return { kind: 'wait', until: fragment?.begin ?? Infinity };
      }
      first = false;
      cursor++;
      return { kind: 'piece', piece: this.#piece(fragment, learnt), dropped };
    };
    return new ModelResponse(log, this.clock, this.scenario.service, next);
  }

  #piece(fragment: ModelFragment, learnt: boolean): Piece {
    const due = this.#flaws.find(
      ({ flaw, used }) => flaw.fragment % this.fragments.length === fragment.index && used < timesOf(flaw),
    );
    if (due === undefined) {
      return makePiece(fragment, undefined, this.clock.time);
    }
    const time = due.used++;
    // In a cluster without a size, a block that ends too late by chance ends where an element begins: no one can tell.
    const isUntold = due.flaw.kind === 'swallow' && this.scenario.service.clusterSize === 'unknown';
    const kind = isUntold ? 'huge' : due.flaw.kind;
    // At the configured start nothing could be fallen back to, and the session would rightly stop.
    const ErrorId = due.flaw.ErrorId === 4000 && !learnt ? 5000 : due.flaw.ErrorId;
    return makePiece(fragment, { ...due.flaw, kind, ErrorId }, this.clock.time, time);
  }

  #unknownPosition(): Piece {
    const [fragment] = this.fragments;
    if (fragment === undefined) {
      throw new Error('A scenario has a fragment.');
    }
    return makePiece(
      fragment,
      { fragment: 0, kind: 'error-alone', at: 'header', growing: 0, times: 1, ErrorId: 4000 },
      this.clock.time,
    );
  }

  /** The fragment that a selector names. */
  #named(selector: StartSelector): ModelFragment | undefined {
    switch (selector.StartSelectorType) {
      case 'FRAGMENT_NUMBER':
        return this.fragments.find(({ number }) => number === selector.AfterFragmentNumber);
      case 'CONTINUATION_TOKEN':
        return this.fragments.find(({ token }) => token === selector.ContinuationToken);
      default:
        return undefined;
    }
  }

  #isGone({ end }: ModelFragment): boolean {
    const { retention } = this.scenario.service;
    return retention > 0 && end + retention < this.clock.time;
  }

  /** Where the selector begins, were everything still kept. */
  #indexOf(selector: StartSelector): number {
    const { fragments } = this;
    const { time } = this.clock;
    const { beforeSilence, tokensInclusive } = this.scenario.service;
    const indexOr = (index: number) => (index < 0 ? fragments.length : index);
    switch (selector.StartSelectorType) {
      case 'EARLIEST':
        return 0;
      case 'NOW': {
        const live = beforeSilence ? LIVE_MS : 0;
        const newest = fragments.findLastIndex(({ begin, end }) => begin <= time && end + live > time);
        return newest < 0 ? indexOr(fragments.findIndex(({ begin }) => begin > time)) : newest;
      }
      case 'FRAGMENT_NUMBER':
      case 'CONTINUATION_TOKEN': {
        const named = this.#named(selector);
        if (named === undefined) {
          this.log.problems.push(`unknown position: the service never gave ${JSON.stringify(selector)}`);
          return 0;
        }
        const inclusive = selector.StartSelectorType === 'CONTINUATION_TOKEN' && tokensInclusive;
        return named.index + (inclusive ? 0 : 1);
      }
      case 'SERVER_TIMESTAMP':
      case 'PRODUCER_TIMESTAMP': {
        const from = selector.StartTimestamp - EPOCH;
        const index = indexOr(fragments.findIndex(({ end }) => end > from));
        const begins = fragments[index]?.begin ?? Infinity;
        return beforeSilence && begins > from ? Math.max(0, index - 1) : index;
      }
    }
  }
}

/**
 * What would keep any session from progress does not last: a response that always ends before a chunk has its number,
 * or stalls within it, and an error in place of a chunk.
 */
function timesOf({ kind, at, times }: Flaw): number {
  if (times !== ALWAYS) {
    return times;
  }
  const hidesNumber = at === 'header' || at === 'tracks' || at === 'number';
  switch (kind) {
    case 'end':
    case 'break':
      return hidesNumber ? 5 : times;
    case 'next':
      return hidesNumber ? 4 : times;
    case 'error-alone':
    case 'stall':
      return 3;
    default:
      return times;
  }
}
