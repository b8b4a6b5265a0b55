/** The writes of a fleet, each to one item and each with its condition. Nothing else writes. */
import { definedOnly } from '../defined-only';
import type { StartSelector, Until } from '../options';
import type { Position } from '../session';
import {
  POSITION_ATTRIBUTES,
  positionAttributes,
  type MemberItem,
  type MemberState,
  type StreamItem,
  type StreamState,
} from './items';
import type { Change, Condition, Value } from './store';

/** What people and other members may know of a member. */
export interface MemberFacts {
  readonly leaseMs: number;
  readonly maxStreams: number;
  readonly host: string;
}

/** Items of members that nobody has removed vanish after this time: a week, so that no wrong clock removes a live one. */
const KEPT_SECONDS = 7 * 24 * 3_600;

/** Streams that messages started are kept so long after their end: each call may have one, so they must not pile up. */
const ENDED_KEPT_SECONDS = 24 * 3_600;

/** @param now ms since the epoch */
const expiresAt = (now: number, keptSeconds = KEPT_SECONDS): number => Math.round(now / 1_000) + keptSeconds;

function endOf({ byMessage }: StreamItem, state: StreamState, now: number): Record<string, Value> {
  return byMessage && state !== 'active' ? { expiresAt: expiresAt(now, ENDED_KEPT_SECONDS) } : {};
}

export function join(facts: MemberFacts, now: number): Change {
  const { leaseMs, maxStreams, host } = facts;
  return {
    set: { beat: 0, state: 'active', leaseMs, host, maxStreams, expiresAt: expiresAt(now) },
    condition: { absent: ['item'] },
  };
}

/** @param beat the new one @param before the state that the member has had */
export function beat(beat: number, state: MemberState, before: MemberState, now: number): Change {
  return {
    set: { beat, state, expiresAt: expiresAt(now) },
    condition: { equal: { beat: beat - 1, state: before } },
  };
}

export function bury({ beat, state }: MemberItem): Change {
  return { set: { state: 'dead' }, condition: { equal: { beat, state } } };
}

/** Of a stream whose owner is absent or can send no more. */
export function claim({ leaseEpoch, owner }: StreamItem, me: string): Change {
  return {
    set: { owner: me, leaseEpoch: leaseEpoch + 1 },
    remove: ['wanted'],
    condition: unchanged({ owner }, { leaseEpoch, state: 'active' }),
  };
}

export function ask({ leaseEpoch, owner }: StreamItem, me: string): Change {
  return {
    set: { wanted: me },
    condition: unchanged({ owner, wanted: undefined }, { leaseEpoch, state: 'active' }),
  };
}

/** The owner keeps the stream. */
export function decline(known: StreamItem): Change {
  return { remove: ['wanted'], condition: sameLease(known) };
}

export function checkpoint(known: StreamItem, position: Position | undefined): Change {
  const attributes = positionAttributes(position);
  return {
    set: attributes,
    remove: POSITION_ATTRIBUTES.filter((name) => !Object.hasOwn(attributes, name)),
    condition: samePosition(known, { owner: known.owner }),
  };
}

/**
 * Last checkpoint and change of owner in one write.
 *
 * @param next the new owner; undefined: nobody
 */
export function release(
  known: StreamItem,
  position: Position | undefined,
  next: string | undefined,
  state: StreamState,
  now: number,
): Change {
  const { set, remove = [] } = checkpoint(known, position);
  const leaseEpoch = known.leaseEpoch + 1;
  return {
    set: { ...set, leaseEpoch, state, ...endOf(known, state, now), ...definedOnly({ owner: next }) },
    remove: [...remove, 'wanted', ...(next === undefined ? ['owner'] : [])],
    condition: samePosition(known, { owner: known.owner, wanted: known.wanted }),
  };
}

/** A stream that the fleet has not had. */
export function add(attributes: StreamAttributes): Change {
  return {
    set: { leaseEpoch: 0, state: 'active', ...startAttributes(attributes) },
    condition: { absent: ['item'] },
  };
}

/**
 * The stream is to be read anew, by whoever has it. With a start selector it does not continue where it was, nor where it
 * has another ARN: a stream that was deleted and made again has none of the old fragments.
 */
export function restart({ leaseEpoch, state, stream }: StreamItem, attributes: StreamAttributes): Change {
  const set = { leaseEpoch: leaseEpoch + 1, state: 'active', ...startAttributes(attributes) };
  const { startSelector, StreamARN = stream.StreamARN } = attributes;
  const isAnother = stream.StreamARN !== undefined && StreamARN !== stream.StreamARN;
  const forgotten = startSelector === undefined && !isAnother ? [] : POSITION_ATTRIBUTES;
  const optional = ['startSelector', 'until', 'byMessage', 'StreamARN', 'expiresAt'].filter(
    (name) => !Object.hasOwn(set, name),
  );
  return { set, remove: [...optional, ...forgotten], condition: { equal: { leaseEpoch, state } } };
}

/** Nobody is to read the stream any more. Its owner sees it, and gives the stream up in order. */
export function retire(known: StreamItem, state: StreamState, now: number): Change {
  const { leaseEpoch, owner } = known;
  return { set: { state, ...endOf(known, state, now) }, condition: unchanged({ owner }, { leaseEpoch }) };
}

export function forget({ leaseEpoch, owner }: StreamItem): Change {
  return { remove: POSITION_ATTRIBUTES, condition: unchanged({ owner }, { leaseEpoch }) };
}

/** For a stream that nobody can read any more. */
export function removal({ leaseEpoch, state, owner }: StreamItem): Condition {
  return unchanged({ owner }, { leaseEpoch, state });
}

export interface StreamAttributes {
  readonly StreamARN?: string | undefined;
  readonly startSelector?: StartSelector | undefined;
  readonly until?: Until | undefined;
  readonly byMessage?: boolean | undefined;
}

function startAttributes({
  StreamARN,
  startSelector,
  until,
  byMessage,
}: StreamAttributes): Record<string, Value> {
  return definedOnly({
    StreamARN,
    startSelector: startSelector && JSON.stringify(startSelector),
    until: until && JSON.stringify(until),
    byMessage: byMessage === true ? 1 : undefined,
  });
}

function sameLease({ owner, wanted, leaseEpoch }: StreamItem): Condition {
  return unchanged({ owner, wanted }, { leaseEpoch });
}

/** A write that was given up and comes late finds another position, so that checkpoints never go back. */
function samePosition(
  { leaseEpoch, position }: StreamItem,
  attributes: Readonly<Record<string, Value | undefined>>,
): Condition {
  return unchanged({ ...attributes, FragmentNumber: position?.FragmentNumber }, { leaseEpoch });
}

/** @param attributes absent from the item where they are undefined */
function unchanged(
  attributes: Readonly<Record<string, Value | undefined>>,
  equal: Readonly<Record<string, Value>>,
): Condition {
  return {
    equal: { ...equal, ...definedOnly(attributes) } as Readonly<Record<string, Value>>,
    absent: Object.keys(attributes).filter((name) => attributes[name] === undefined),
  };
}
