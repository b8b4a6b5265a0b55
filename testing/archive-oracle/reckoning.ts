/**
 * What a range of stored media has to give, computed from the simulator's store alone: it shares no code with the
 * archive's reader, so that a mistake there does not agree with itself.
 */
import { detailsOf, type Fragment, type TimestampMember } from '../../src/simulator/streams';

/** What is shown from `from` until before `to`, ms since the epoch by the clock of `member`. */
export interface Range {
  readonly member: TimestampMember;
  readonly from: number;
  readonly to: number;
}

export interface Expected {
  readonly fragment: Fragment;
  readonly FragmentNumber: string;
  /** False where a list does not tell whether the fragment shows anything of the range: both is right. */
  readonly isCertain: boolean;
}

/**
 * A list leaves out the duration of a fragment's last frame. Where the next fragment begins within so many ms after that
 * frame's begin, it is taken to be shown until then.
 */
const CONTINUES_WITHIN_MS = 500;

/** The fragments that show anything of the range, in its order: by their begin, then by their number. */
export function reckon(stored: Iterable<Fragment>, { member, from, to }: Range): Expected[] {
  const sorted = [...stored]
    .filter((fragment) => fragment.complete && fragment[member] !== undefined)
    .sort((a, b) => compare(a, b, member));
  return sorted.flatMap((fragment, index): Expected[] => {
    const begin = timeOf(fragment, member);
    if (begin >= to) {
      return [];
    }
    const expected = { fragment, FragmentNumber: numberOf(fragment) };
    if (begin >= from) {
      return [{ ...expected, isCertain: true }];
    }
    const lastFrame = begin + (detailsOf(fragment)?.FragmentLengthInMilliseconds ?? 0);
    const next = sorted[index + 1];
    const nextBegin = next === undefined ? Infinity : timeOf(next, member);
    // By the service's clock fragments overlap a little; a live reader begins with the one that began last.
    const isLast = nextBegin > from;
    const isContinued = nextBegin - lastFrame <= CONTINUES_WITHIN_MS;
    const contains = from < begin + fragment.durationMs;
    if (contains && isLast && (from < lastFrame || isContinued)) {
      return [{ ...expected, isCertain: true }];
    }
    return contains || (isContinued && isLast) ? [{ ...expected, isCertain: false }] : [];
  });
}

/**
 * What is expected of a reading that has taken a while: what came in meanwhile belongs to it, and what has aged out
 * meanwhile need not.
 */
export function reckonBetween(
  before: readonly Expected[],
  after: readonly Expected[],
  { member }: Pick<Range, 'member'>,
): Expected[] {
  const late = new Set(after.map(({ FragmentNumber }) => FragmentNumber));
  const agedOut = before
    .filter(({ FragmentNumber }) => !late.has(FragmentNumber))
    .map((expected) => ({ ...expected, isCertain: false }));
  return [...agedOut, ...after].sort((a, b) => compare(a.fragment, b.fragment, member));
}

/** What is wrong with the fragments that were read, in words; undefined if they are what the range has. */
export function judge(expected: readonly Expected[], read: readonly string[]): string | undefined {
  const places = new Map(expected.map(({ FragmentNumber }, place) => [FragmentNumber, place]));
  let last = -1;
  for (const FragmentNumber of read) {
    const place = places.get(FragmentNumber);
    if (place === undefined) {
      return `${FragmentNumber} does not belong to the range`;
    }
    if (place <= last) {
      return `${FragmentNumber} came ${place === last ? 'twice' : 'out of order'}`;
    }
    last = place;
  }
  const got = new Set(read);
  const missing = expected.filter(({ FragmentNumber, isCertain }) => isCertain && !got.has(FragmentNumber));
  return missing.length === 0
    ? undefined
    : `${missing.length} of ${expected.length} are missing, the first at place ${places.get(missing[0]?.FragmentNumber ?? '') ?? -1}`;
}

function compare(a: Fragment, b: Fragment, member: TimestampMember): number {
  return timeOf(a, member) - timeOf(b, member) || (numberOf(a) < numberOf(b) ? -1 : 1);
}

function timeOf(fragment: Fragment, member: TimestampMember): number {
  return fragment[member] ?? 0;
}

/** Numbers of one stream have the same number of digits. */
function numberOf({ FragmentNumber = '' }: Fragment): string {
  return FragmentNumber;
}
