/** The states of a session, what each one owns, and the only ways between them. */
import type { ResponseReader } from './response-reader';
import type { ErrorReport } from './error-report';
import type { SessionEnd } from './until-watch';

/**
 * What a session is doing. Each state owns what it holds (a call under way, the reader of a response, a timer):
 * leaving the state releases it, unless the next state takes it over. So nothing can be forgotten.
 */
export interface States {
  /** Not started. */
  idle: { readonly name: 'idle' };
  /** Asking for the stream's data endpoint. */
  resolving: { readonly name: 'resolving'; readonly call: AbortController };
  /** GetMedia is sent, its response's head has not come. */
  connecting: { readonly name: 'connecting'; readonly call: AbortController };
  /** Reading a response. */
  streaming: { readonly name: 'streaming'; readonly reader: ResponseReader };
  /** As many messages are unacknowledged as may be: reading has stopped until the flow acknowledges. */
  draining: { readonly name: 'draining'; readonly reader?: ResponseReader | undefined };
  /** Between two calls. */
  waiting: {
    readonly name: 'waiting';
    /** `media`: the producer is silent · `retry`: after a failure · `rateLimit`: a stream takes 5 calls a second */
    readonly reason: 'media' | 'retry' | 'rateLimit';
    readonly waitMs: number;
    /** What a retry is for. */
    readonly error?: ErrorReport | undefined;
    readonly cancel: () => void;
  };
  /** By the user. */
  paused: { readonly name: 'paused'; readonly reader?: ResponseReader | undefined };
  /** For good: by the user, by a failure, or because everything that was wanted is sent. */
  stopped: {
    readonly name: 'stopped';
    readonly error?: ErrorReport | undefined;
    /** Why a bounded session is complete. */
    readonly end?: SessionEnd | undefined;
  };
}

export type StateName = keyof States;
export type State = States[StateName];

/** The only ways from one state to another. A transition that is not listed here does not compile. */
interface Ways {
  idle: 'resolving' | 'waiting' | 'stopped';
  resolving: 'connecting' | 'waiting' | 'paused' | 'stopped';
  connecting: 'streaming' | 'waiting' | 'paused' | 'stopped';
  streaming: 'resolving' | 'draining' | 'waiting' | 'paused' | 'stopped';
  draining: 'resolving' | 'streaming' | 'draining' | 'waiting' | 'paused' | 'stopped';
  waiting: 'resolving' | 'waiting' | 'paused' | 'stopped';
  paused: 'resolving' | 'draining' | 'waiting' | 'paused' | 'stopped';
  stopped: never;
}

export type NextOf<S extends State> = States[Ways[S['name']]];

/** Ends what `previous` owned and `next` does not take over. */
export function release(previous: State, next: State): void {
  const kept = 'reader' in next ? next.reader : undefined;
  switch (previous.name) {
    case 'resolving':
    case 'connecting':
      previous.call.abort();
      break;
    case 'streaming':
    case 'draining':
    case 'paused':
      if (previous.reader !== kept) {
        previous.reader?.close();
      }
      break;
    case 'waiting':
      previous.cancel();
      break;
    case 'idle':
    case 'stopped':
      break;
  }
}
