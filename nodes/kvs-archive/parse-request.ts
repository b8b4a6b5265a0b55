/** Reads the input messages of kvs-archive: what they ask for, or what is wrong with them. */
import { isRecord } from '../../src/is-record';
import {
  FRAGMENT_NUMBER_PATTERN,
  parseStream,
  parseTimestamp,
  shortText,
  streamProblem,
  type ArchiveSettings,
  type StreamRef,
} from '../../src/options';

/** A range of a stream that a message asks for. Times are in ms since the epoch. */
export interface ArchiveRequest {
  readonly stream: StreamRef;
  /** Undefined for a live address, which needs none. */
  readonly range: { readonly from: number; readonly to: number } | undefined;
  /** The caller's own name of it. */
  readonly id?: string;
}

export type ArchiveAction =
  | { readonly name: 'get'; readonly request: ArchiveRequest }
  /** Without an id: all requests. */
  | { readonly name: 'cancel'; readonly id?: string }
  | { readonly name: 'ack'; readonly FragmentNumber: string; readonly id?: string };

/** What is wrong with a message: a text of the catalogue, which never repeats the value at fault. */
export type RequestProblem =
  | 'action'
  | 'request'
  | 'stream'
  | 'noStream'
  | 'otherRegion'
  | 'noTime'
  | 'noFrom'
  | 'noTo'
  | 'at'
  | 'from'
  | 'to'
  | 'fromAfterTo'
  | 'ack';

type Message = Readonly<Record<string, unknown>>;
type Result<T> = T | { readonly problem: RequestProblem };

/** @param region the config node's, where it is known */
export function parseRequest(
  msg: Message,
  settings: ArchiveSettings,
  region?: string,
): Result<{ action: ArchiveAction }> {
  const { action = 'get', request } = msg;
  if (request !== undefined && (typeof request !== 'string' || request === '')) {
    return { problem: 'request' };
  }
  const id = request === undefined ? {} : { id: request };
  switch (action) {
    case 'get':
    case '': {
      const stream = streamOf(msg, settings, region);
      if ('problem' in stream) {
        return stream;
      }
      const range = rangeOf(msg, settings);
      return 'problem' in range
        ? range
        : { action: { name: 'get', request: { stream: stream.stream, range: range.range, ...id } } };
    }
    case 'cancel':
      return { action: { name: 'cancel', ...id } };
    case 'ack': {
      const FragmentNumber = isRecord(msg['kvs']) ? msg['kvs']['FragmentNumber'] : undefined;
      return typeof FragmentNumber === 'string' && FRAGMENT_NUMBER_PATTERN.test(FragmentNumber)
        ? { action: { name: 'ack', FragmentNumber, ...id } }
        : { problem: 'ack' };
    }
    default:
      return { problem: 'action' };
  }
}

function streamOf(
  { stream, at }: Message,
  settings: ArchiveSettings,
  region: string | undefined,
): Result<{ stream: StreamRef }> {
  const named: unknown = stream ?? (isRecord(at) ? (at['StreamARN'] ?? at['StreamName']) : undefined);
  if (named === undefined) {
    return settings.stream === undefined ? { problem: 'noStream' } : { stream: settings.stream };
  }
  const name = shortText(named)?.trim();
  const parsed = name === undefined ? undefined : parseStream(name);
  if (parsed === undefined) {
    return { problem: 'stream' };
  }
  return streamProblem(named, region)?.key === 'otherRegion'
    ? { problem: 'otherRegion' }
    : { stream: parsed };
}

function rangeOf(msg: Message, settings: ArchiveSettings): Result<Pick<ArchiveRequest, 'range'>> {
  const { output, playbackMode, beforeMs, afterMs } = settings;
  const isMoment = output === 'image' && settings.intervalMs === 0;
  if (output === 'url' && playbackMode === 'LIVE') {
    return { range: undefined };
  }
  const { at, from, to } = msg;
  if (at !== undefined) {
    const moment = momentOf(at, settings);
    if (moment !== undefined && isMoment) {
      return { range: { from: moment, to: moment + 1 } };
    }
    return moment === undefined
      ? { problem: 'at' }
      : checked(Math.max(0, moment - beforeMs), moment + afterMs);
  }
  if (from === undefined || to === undefined) {
    return { problem: from !== undefined ? 'noTo' : to !== undefined ? 'noFrom' : 'noTime' };
  }
  const [begin, end] = [parseTimestamp(from), parseTimestamp(to)];
  if (begin === undefined) {
    return { problem: 'from' };
  }
  return end === undefined ? { problem: 'to' } : checked(begin, end);
}

function checked(from: number, to: number): Result<Pick<ArchiveRequest, 'range'>> {
  return from < to ? { range: { from, to } } : { problem: 'fromAfterTo' };
}

/** A time, or the time of a chunk or frame, as `msg.kvs` of another message has it. */
function momentOf(at: unknown, { timestampType }: ArchiveSettings): number | undefined {
  if (!isRecord(at) || at instanceof Date) {
    return parseTimestamp(at);
  }
  if (timestampType === 'SERVER_TIMESTAMP' && at['ServerTimestamp'] !== undefined) {
    return parseTimestamp(at['ServerTimestamp']);
  }
  const frame = at['frame'];
  const time = isRecord(frame) ? frame['timestamp'] : at['ProducerTimestamp'];
  return parseTimestamp(time);
}
