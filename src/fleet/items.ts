/** The items of a fleet: their keys, and what their attributes mean. */
import { definedOnly } from '../defined-only';
import {
  FRAGMENT_NUMBER_PATTERN,
  isContinuationToken,
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
    typeof beat === 'number' &&
    typeof leaseMs === 'number' &&
    (state === 'active' || state === 'leaving' || state === 'dead')
    ? {
        id: key.slice(MEMBER_PREFIX.length),
        ...{ beat, state, leaseMs },
        maxStreams: typeof maxStreams === 'number' && maxStreams > 0 ? maxStreams : Infinity,
      }
    : undefined;
}

/** Undefined for an item that no member has written. */
export function readStream(item: Item): StreamItem | undefined {
  const { item: key, leaseEpoch, state, StreamARN, owner, wanted } = item;
  if (
    typeof key !== 'string' ||
    !key.startsWith(STREAM_PREFIX) ||
    typeof leaseEpoch !== 'number' ||
    (state !== 'active' && state !== 'stopped' && state !== 'done' && state !== 'gone')
  ) {
    return undefined;
  }
  return {
    stream: { StreamName: key.slice(STREAM_PREFIX.length), ...definedOnly({ StreamARN: textOf(StreamARN) }) },
    ...{ leaseEpoch, state, byMessage: item['byMessage'] === 1 },
    ...definedOnly({
      owner: textOf(owner),
      wanted: textOf(wanted),
      position: positionOf(item),
      startSelector: parsed(item['startSelector']) as StartSelector | undefined,
      until: parsed(item['until']) as Until | undefined,
      expiresAt: typeof item['expiresAt'] === 'number' ? item['expiresAt'] * 1_000 : undefined,
    }),
  };
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
  if (typeof FragmentNumber === 'string' && FRAGMENT_NUMBER_PATTERN.test(FragmentNumber)) {
    const token = isContinuationToken(ContinuationToken) ? ContinuationToken : undefined;
    return { FragmentNumber, ...definedOnly({ ContinuationToken: token, ServerTimestamp: time }) };
  }
  return time === undefined ? undefined : { ServerTimestamp: time };
}

function textOf(value: Value | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Members alone write these, after checking them. */
function parsed(value: Value | undefined): unknown {
  if (typeof value !== 'string') {
    return undefined;
  }
  try {
    return JSON.parse(value);
  } catch {
    // Someone has edited the table. The settings' own start holds.
    return undefined;
  }
}
