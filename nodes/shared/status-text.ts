/** The status under a node that reads a stream: what it says in each state. */
import type { NodeStatus } from 'node-red';
import type { StateName, States } from '../../src/session';

/** What has come in the last second or so. */
export interface Rates {
  readonly bitsPerSecond: number;
  readonly framesPerSecond: number;
  readonly MillisBehindNow: number | undefined;
  /** ms since the last byte. */
  readonly silentMs: number;
}

/** After so long without a byte the producer counts as silent. */
const SILENT_AFTER_MS = 3_000;

/** What of a session's state shows. */
type Shown =
  | { readonly name: Exclude<StateName, 'waiting' | 'stopped'> }
  | Omit<States['waiting'], 'cancel'>
  | States['stopped'];

/** The status under the node, as the contract describes it. */
export function statusOf(state: Shown, rates: Rates): NodeStatus {
  switch (state.name) {
    case 'idle':
      return { fill: 'grey', shape: 'ring', text: 'stopped' };
    case 'resolving':
    case 'connecting':
      return { fill: 'yellow', shape: 'ring', text: 'connecting' };
    case 'streaming':
      return rates.silentMs >= SILENT_AFTER_MS
        ? { fill: 'blue', shape: 'ring', text: 'waiting for media' }
        : { fill: 'green', shape: 'dot', text: rateText(rates) };
    case 'draining':
      return { fill: 'yellow', shape: 'ring', text: 'waiting for acks' };
    case 'waiting':
      return waitingStatus(state);
    case 'paused':
      return { fill: 'yellow', shape: 'ring', text: 'paused' };
    case 'stopped':
      return state.failure === undefined
        ? { fill: 'grey', shape: 'ring', text: state.end === undefined ? 'stopped' : 'done' }
        : failureStatus(state.failure.ErrorType);
  }
}

/**
 * The status of a node that an error has stopped.
 *
 * @param about what the error is about, such as the setting at fault
 */
export function failureStatus(ErrorType: string, about = ''): NodeStatus {
  return { fill: 'red', shape: 'ring', text: errorText(ErrorType, about) };
}

function waitingStatus(state: Omit<States['waiting'], 'cancel'>): NodeStatus {
  switch (state.reason) {
    case 'media':
      return { fill: 'blue', shape: 'ring', text: 'waiting for media' };
    case 'turn':
      return { fill: 'yellow', shape: 'ring', text: 'connecting' };
    case 'retry':
      return {
        fill: 'yellow',
        shape: 'ring',
        text: errorText(state.failure?.ErrorType ?? 'retry', waitText(state.waitMs)),
      };
  }
}

/** Node-RED asks for status texts under 20 characters: a longer one hides what is below and beside the node. */
const LONGEST_TEXT = 19;

/** The ErrorType without the `Exception` that most end in, cut where there is no room for all; output 2 has it whole. */
function errorText(ErrorType: string, more: string): string {
  const short = ErrorType.replace(/(?<=.)Exception$/, '');
  if (more === '') {
    return cut(short, LONGEST_TEXT);
  }
  const rest = cut(more, LONGEST_TEXT - 1 - Math.min(short.length, 12));
  return `${cut(short, LONGEST_TEXT - 1 - rest.length)} ${rest}`;
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function waitText(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1_000));
  return seconds < 60 ? `${seconds}s` : `${Math.round(seconds / 60)}m`;
}

/** Under 20 characters, such as `2.1Mb/s 30fps 1.2s`. */
function rateText({ bitsPerSecond, framesPerSecond, MillisBehindNow }: Rates): string {
  const behind = MillisBehindNow === undefined ? '' : ` ${shortDuration(MillisBehindNow)}`;
  return `${bitRate(bitsPerSecond)} ${Math.round(framesPerSecond)}fps${behind}`;
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
