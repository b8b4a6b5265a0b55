/** Where bounded reading ends: after so much, at a place, at a time, or when the stream falls silent. */
import { definedOnly } from '../defined-only';
import type { SettingsProblem } from './problem';
import { FRAGMENT_NUMBER_PATTERN, parseTimestamp } from './start-selector';
import { isBlank, shortText, text } from './setting-values';

/** Bounds of a session; the first one that is reached ends it. Durations are in ms. */
export interface Until {
  /** ms since the epoch, by the clock that the start selector names: chunks that begin before it are wanted. */
  readonly at?: number;
  /** The last fragment that is wanted. */
  readonly FragmentNumber?: string;
  /** Number of chunks. */
  readonly chunks?: number;
  /** Length of the media. */
  readonly mediaMs?: number;
  /** Time without media. */
  readonly silentMs?: number;
}

type Member = keyof Until;

/** How `untilType` names the bounds; empty: no end. */
export const UNTIL_TYPES = ['', 'at', 'FragmentNumber', 'chunks', 'mediaSeconds', 'silentSeconds'] as const;
export type UntilType = (typeof UNTIL_TYPES)[number];

interface Bound {
  readonly member: Member;
  /** The member's unit in units of the property. */
  readonly factor: number;
  readonly problem: SettingsProblem['key'];
}

const BOUNDS: Readonly<Record<Exclude<UntilType, ''>, Bound>> = {
  at: { member: 'at', factor: 1, problem: 'malformedTimestamp' },
  FragmentNumber: { member: 'FragmentNumber', factor: 1, problem: 'malformedFragmentNumber' },
  chunks: { member: 'chunks', factor: 1, problem: 'malformedCount' },
  mediaSeconds: { member: 'mediaMs', factor: 1_000, problem: 'malformedSeconds' },
  silentSeconds: { member: 'silentMs', factor: 1_000, problem: 'malformedSeconds' },
};

/** What each member must be. */
const EXPECTED = {
  at: 'time',
  FragmentNumber: 'digits',
  chunks: 'count',
  mediaMs: 'duration',
  silentMs: 'duration',
} as const satisfies Readonly<Record<Member, string>>;

export const UNTIL_MEMBERS = Object.keys(EXPECTED);

/** Why `msg.until` was refused. Never holds the value itself. */
export type UntilProblem =
  /** It has another member than `UNTIL_MEMBERS`, or none of them. */
  | { readonly kind: 'unknownMember' | 'empty' }
  /** The member must be something else. */
  | { readonly kind: (typeof EXPECTED)[Member]; readonly member: string };

export function untilTypeProblem(value: unknown): SettingsProblem | undefined {
  return isUntilType(value) ? undefined : { property: 'untilType', key: 'unknownUntil' };
}

export function untilValueProblem(value: unknown, type: unknown): SettingsProblem | undefined {
  if (!isUntilType(type) || type === '' || untilOf(type, value) !== undefined) {
    return undefined;
  }
  return { property: 'untilValue', key: isBlank(value) ? 'missing' : BOUNDS[type].problem };
}

/** The bound that the two properties name; undefined where there is none, or no valid one. */
export function parseUntilProperties(type: unknown, value: unknown): Until | undefined {
  return isUntilType(type) && type !== '' ? untilOf(type, value) : undefined;
}

/** Reads `msg.until`. */
export function parseUntil(
  input: Readonly<Record<string, unknown>>,
): { readonly until: Until } | { readonly problem: UntilProblem } {
  const read: Partial<Record<Member, unknown>> = {};
  for (const [name, value] of Object.entries(input)) {
    if (!isMember(name)) {
      return { problem: { kind: 'unknownMember' } };
    }
    const bound = value === undefined ? undefined : READ[name](value);
    if (value !== undefined && bound === undefined) {
      return { problem: { kind: EXPECTED[name], member: name } };
    }
    read[name] = bound;
  }
  const until = definedOnly(read) as Until;
  return Object.keys(until).length === 0 ? { problem: { kind: 'empty' } } : { until };
}

const READ: Readonly<Record<Member, (value: unknown) => string | number | undefined>> = {
  at: parseTimestamp,
  FragmentNumber: (value) => {
    const number = shortText(value)?.trim();
    return number !== undefined && FRAGMENT_NUMBER_PATTERN.test(number) ? number : undefined;
  },
  chunks: (value) => {
    const count = positive(value);
    return Number.isInteger(count) ? count : undefined;
  },
  mediaMs: positive,
  silentMs: positive,
};

function untilOf(type: Exclude<UntilType, ''>, value: unknown): Until | undefined {
  const { member, factor } = BOUNDS[type];
  const bound = READ[member](member === 'FragmentNumber' ? text(value) : value);
  return bound === undefined ? undefined : { [member]: typeof bound === 'number' ? bound * factor : bound };
}

/** Numbers, also as text, as fields and environment variables have them. */
function positive(value: unknown): number | undefined {
  const number = typeof value === 'number' ? value : isBlank(value) ? NaN : Number(shortText(value) ?? NaN);
  return Number.isFinite(number) && number > 0 ? number : undefined;
}

function isUntilType(value: unknown): value is UntilType {
  return UNTIL_TYPES.some((type) => type === value);
}

function isMember(name: string): name is Member {
  return Object.hasOwn(EXPECTED, name);
}
