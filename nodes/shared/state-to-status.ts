/** Turns the state of a node into its status: text, colour, shape and `kvs`. */
import type { NodeStatus } from 'node-red';
import { definedOnly } from '../../src/defined-only';
import type { StateName, States } from '../../src/session';
import type { Rates } from './rate-meter';
import { errorText } from './short-name';
import type { Words } from './words';

/** What a Status node can be switched on, without reading words. */
export interface KvsState {
  readonly state: string;
  /** When the state began, ms since the epoch. */
  readonly since: number;
  readonly StreamName?: string;
  readonly ErrorType?: string;
  readonly bitsPerSecond?: number;
  readonly framesPerSecond?: number;
  readonly MillisBehindNow?: number;
}

/** A status before it is shown: when its state began is not known yet. */
export interface ShownStatus extends NodeStatus {
  readonly kvs: Omit<KvsState, 'since'>;
}

/** After so long without a byte the producer counts as silent. */
const SILENT_AFTER_MS = 3_000;

/** What of a session's state shows. */
export type ShownState =
  | { readonly name: Exclude<StateName, 'waiting' | 'stopped'> }
  | Pick<States['waiting'], 'name' | 'reason' | 'waitMs' | 'error'>
  | States['stopped'];

/** The statuses of one node, in its words. */
export class Statuses {
  constructor(private readonly words: Words) {}

  /**
   * The status of a session, as the section “Status” of `docs/reference/kvs-get-media.md` describes it.
   *
   * @param isSilent the producer was silent when the session last asked: asking again does not change that
   */
  of(state: ShownState, rates: Rates, isSilent: boolean): ShownStatus {
    switch (state.name) {
      case 'idle':
        return this.stopped();
      case 'resolving':
      case 'connecting':
        return isSilent ? this.waiting() : this.#connecting();
      case 'streaming':
        return isSilent || (rates.silentMs ?? SILENT_AFTER_MS) >= SILENT_AFTER_MS
          ? this.waiting()
          : this.#streaming(rates);
      case 'draining':
        return this.holding();
      case 'waiting':
        return this.#between(state);
      case 'paused':
        return this.#plain('paused', 'yellow');
      case 'stopped':
        if (state.error !== undefined) {
          return this.failed(state.error.ErrorType);
        }
        return state.end === undefined ? this.stopped() : this.#plain('done', 'grey');
    }
  }

  stopped(): ShownStatus {
    return this.#plain('stopped', 'grey');
  }

  /** The status of a node that waits for media. */
  waiting(): ShownStatus {
    return this.#plain('waiting', 'blue');
  }

  /** The status of a node that waits for acknowledgements. */
  holding(): ShownStatus {
    return this.#plain('holding', 'yellow');
  }

  /**
   * The status of a node that retries a call.
   *
   * @param wait such as `5s`, where it is known
   */
  retrying(ErrorType: string, wait = ''): ShownStatus {
    return this.#error('retrying', 'yellow', ErrorType, wait);
  }

  /**
   * The status of a node that an error has stopped, or that skipped what it was given.
   *
   * @param about what the error is about, such as the setting at fault
   */
  failed(ErrorType: string, about = ''): ShownStatus {
    return this.#error('failed', 'red', ErrorType, about);
  }

  #between({ reason, waitMs, error }: Pick<States['waiting'], 'reason' | 'waitMs' | 'error'>): ShownStatus {
    switch (reason) {
      case 'media':
        return this.waiting();
      case 'rateLimit':
        return this.#connecting();
      case 'retry': {
        const { ErrorType = 'UnknownError', needsPerson = false } = error ?? {};
        return needsPerson
          ? this.#error('refused', 'red', ErrorType, waitText(waitMs))
          : this.retrying(ErrorType, waitText(waitMs));
      }
    }
  }

  #connecting(): ShownStatus {
    return this.#plain('connecting', 'yellow');
  }

  #streaming(rates: Rates): ShownStatus {
    const { bitsPerSecond, framesPerSecond, MillisBehindNow, isCatchingUp } = rates;
    const round = (rate: number | undefined): number | undefined => rate && Math.round(rate);
    return {
      ...{ fill: 'green', shape: 'dot' },
      text:
        isCatchingUp && MillisBehindNow !== undefined
          ? this.words.text('status.catchingUp', { behind: shortDuration(MillisBehindNow) })
          : rateText(rates) || this.words.text('status.streaming'),
      kvs: {
        state: 'streaming',
        ...definedOnly({
          bitsPerSecond: round(bitsPerSecond),
          framesPerSecond: framesPerSecond && Math.round(framesPerSecond * 10) / 10,
          MillisBehindNow,
        }),
      },
    };
  }

  #plain(
    state: 'connecting' | 'waiting' | 'paused' | 'holding' | 'stopped' | 'done',
    fill: NodeStatus['fill'] & string,
  ): ShownStatus {
    return { fill, shape: 'ring', text: this.words.text(`status.${state}`), kvs: { state } };
  }

  #error(state: string, fill: 'red' | 'yellow', ErrorType: string, more: string): ShownStatus {
    const text = errorText(ErrorType, more, this.words.text('status.error'));
    return { fill, shape: 'ring', text, kvs: { state, ErrorType } };
  }
}

function waitText(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1_000));
  return seconds < 60 ? `${seconds}s` : `${Math.round(seconds / 60)}m`;
}

/** Under 20 characters, such as `2.1Mb/s 25fps 1.2s`; empty before the first whole chunk. */
function rateText({ bitsPerSecond, framesPerSecond = 0, MillisBehindNow }: Rates): string {
  if (bitsPerSecond === undefined) {
    return '';
  }
  return [
    bitRate(bitsPerSecond),
    ...(framesPerSecond >= 0.5 ? [`${Math.min(999, Math.round(framesPerSecond))}fps`] : []),
    ...(MillisBehindNow === undefined ? [] : [shortDuration(MillisBehindNow)]),
  ].join(' ');
}

function bitRate(bitsPerSecond: number): string {
  if (bitsPerSecond < 999_500) {
    return `${Math.round(bitsPerSecond / 1_000)}kb/s`;
  }
  const mega = bitsPerSecond / 1_000_000;
  return `${mega < 99.5 ? mega.toFixed(1) : Math.round(mega)}Mb/s`;
}

function shortDuration(ms: number): string {
  const seconds = ms / 1_000;
  if (seconds < 9.95) {
    return `${seconds.toFixed(1)}s`;
  }
  if (seconds < 99.5) {
    return `${Math.round(seconds)}s`;
  }
  const minutes = seconds / 60;
  return minutes < 99.5 ? `${Math.round(minutes)}m` : `${Math.round(minutes / 60)}h`;
}
