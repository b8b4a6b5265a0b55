/** The items of a fleet: their keys, and what their attributes mean. */
import { definedOnly } from '../defined-only';
import { isRecord } from '../is-record';
import {
  FRAGMENT_NUMBER_PATTERN,
  isContinuationToken,
  parseStartSelector,
  parseUntil,
  SHARING_LIMITS,
  STREAM_ARN_PATTERN,
  STREAM_NAME_PATTERN,
  type StartSelector,
  type StreamRef,
  type Until,
} from '../options';
import type { Position } from '../session';
import type { Item, Value } from './store';

export const MEMBER_PREFIX = 'member#';
export const STREAM_PREFIX = 'stream#';

export const memberKey = (id: string): string => `${MEMBER_PREFIX}${id}`;
export const streamKey = (StreamName: string): string => `${STREAM_PREFIX}${StreamName}`;

/** - `leaving`: hands its streams over and takes none - `dead`: another member has found it silent; it never comes back */
export type MemberState = 'active' | 'leaving' | 'dead';

export interface MemberItem {
  readonly id: string;
  /** Counts the signs of life. */
  readonly beat: number;
  readonly state: MemberState;
  /** How long it may be silent, ms. */
  readonly leaseMs: number;
  /** Streams that it reads at most. */
  readonly maxStreams: number;
}

/** - `stopped`: nobody is to read it - `done`: its bound is reached - `gone`: it does not exist any more */
export type StreamState = 'active' | 'stopped' | 'done' | 'gone';

export interface StreamItem {
  readonly stream: StreamRef;
  /** Grows with every change of the owner and with every new start. */
  readonly leaseEpoch: number;
  readonly state: StreamState;
  /** Id of the member that reads it. */
  readonly owner?: string;
  /** Id of the member that has asked the owner for it. */
  readonly wanted?: string;
  readonly position?: Position;
  readonly startSelector?: StartSelector;
  readonly until?: Until;
  /** A message started it. */
  readonly byMessage: boolean;
  /** When the item is of no use any more, ms since the epoch. */
  readonly expiresAt?: number;
}

/** Undefined for an item that no member has written. */
export function readMember(item: Item): MemberItem | undefined {
  const { item: key, beat, state, leaseMs, maxStreams } = item;
  return typeof key === 'string' &&
    key.startsWith(MEMBER_PREFIX) &&
    isCount(beat) &&
    isLease(leaseMs) &&
    (state === 'active' || state === 'leaving' || state === 'dead')
    ? {
        id: key.slice(MEMBER_PREFIX.length),
        ...{ beat, state, leaseMs },
        maxStreams: typeof maxStreams === 'number' && maxStreams > 0 ? maxStreams : Infinity,
      }
    : undefined;
}

/** What a read of the streams' items has shown. */
export interface StreamItems {
  readonly read: readonly StreamItem[];
  /** Names of the streams whose items are not as members write them: others have edited the table. */
  readonly malformed: readonly string[];
}

/** Items whose keys name no stream are nobody's. */
export function readStreams(items: readonly Item[]): StreamItems {
  const read: StreamItem[] = [];
  const malformed: string[] = [];
  for (const item of items) {
    const stream = readStream(item);
    const StreamName = nameIn(item);
    if (stream !== undefined) {
      read.push(stream);
    } else if (StreamName !== undefined) {
      malformed.push(StreamName);
    }
  }
  return { read, malformed };
}

/**
 * Undefined for an item that is not as members write it. Such an item is left alone: what a write would need to know of
 * it, to be made on condition that nothing has changed, cannot be known.
 */
export function readStream(item: Item): StreamItem | undefined {
  const { leaseEpoch, state, StreamARN, owner, wanted } = item;
  const StreamName = nameIn(item);
  if (
    StreamName === undefined ||
    !isCount(leaseEpoch) ||
    (state !== 'active' && state !== 'stopped' && state !== 'done' && state !== 'gone') ||
    ![owner, wanted].every(isTextOrAbsent) ||
    !isPosition(item)
  ) {
    return undefined;
  }
  const isArn = typeof StreamARN === 'string' && STREAM_ARN_PATTERN.test(StreamARN);
  return {
    stream: { StreamName, ...(isArn ? { StreamARN } : {}) },
    ...{ leaseEpoch, state, byMessage: item['byMessage'] === 1 },
    ...definedOnly({
      owner: textOf(owner),
      wanted: textOf(wanted),
      position: positionOf(item),
      startSelector: startSelectorOf(item['startSelector']),
      until: untilOf(item['until']),
      expiresAt: typeof item['expiresAt'] === 'number' ? item['expiresAt'] * 1_000 : undefined,
    }),
  };
}

function nameIn({ item: key }: Item): string | undefined {
  const name =
    typeof key === 'string' && key.startsWith(STREAM_PREFIX) ? key.slice(STREAM_PREFIX.length) : '';
  return STREAM_NAME_PATTERN.test(name) ? name : undefined;
}

/** Whether it is what counts beats and epochs: it has to be able to grow. */
function isCount(value: Value | null | undefined): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) < Number.MAX_SAFE_INTEGER;
}

function isLease(ms: Value | null | undefined): ms is number {
  const { min, max } = SHARING_LIMITS.leaseSeconds;
  return typeof ms === 'number' && ms >= min * 1_000 && ms <= max * 1_000;
}

function isTextOrAbsent(value: Value | null | undefined): boolean {
  return value === undefined || textOf(value) !== undefined;
}

/** Whether a condition on the position can be put: its fragment number is one, or absent. */
function isPosition({ FragmentNumber }: Item): boolean {
  return (
    FragmentNumber === undefined ||
    (typeof FragmentNumber === 'string' && FRAGMENT_NUMBER_PATTERN.test(FragmentNumber))
  );
}

/** The attributes that hold a position; all of them are replaced together. */
export const POSITION_ATTRIBUTES = ['FragmentNumber', 'ContinuationToken', 'ServerTimestamp'] as const;

export function positionAttributes(position: Position | undefined): Record<string, Value> {
  return definedOnly({
    FragmentNumber: position?.FragmentNumber,
    ContinuationToken: position?.ContinuationToken,
    ServerTimestamp: position?.ServerTimestamp,
  });
}

function positionOf({ FragmentNumber, ContinuationToken, ServerTimestamp }: Item): Position | undefined {
  const time = typeof ServerTimestamp === 'number' ? ServerTimestamp : undefined;
  const number = textOf(FragmentNumber);
  if (number !== undefined) {
    const token = isContinuationToken(ContinuationToken) ? ContinuationToken : undefined;
    return { FragmentNumber: number, ...definedOnly({ ContinuationToken: token, ServerTimestamp: time }) };
  }
  return time === undefined ? undefined : { ServerTimestamp: time };
}

function textOf(value: Value | null | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Undefined where it is none: the settings' own start holds. */
function startSelectorOf(value: Value | null | undefined): StartSelector | undefined {
  const result = parseStartSelector(recordIn(value));
  return 'selector' in result ? result.selector : undefined;
}

function untilOf(value: Value | null | undefined): Until | undefined {
  const result = parseUntil(recordIn(value));
  return 'until' in result ? result.until : undefined;
}

function recordIn(value: Value | null | undefined): Record<string, unknown> {
  if (typeof value === 'string') {
    try {
      const parsed: unknown = JSON.parse(value);
      return isRecord(parsed) ? parsed : {};
    } catch {
      // Someone has edited the table.
    }
  }
  return {};
}
