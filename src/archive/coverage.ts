/** Where stored fragments begin and end, what they cover, and the gaps between them. */
import type { StoredFragment, TimestampType } from '../kinesis-video';

/** From and until, in ms since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Coverage {
  /** The parts of a range that have media, and those that have none. */
  readonly coverage: readonly Span[];
  readonly gaps: readonly Span[];
}

/**
 * A shorter hole is not a gap: the listed length of a fragment is without its last frame, and clocks are not that exact.
 */
const SHORTEST_GAP_MS = 500;
/** No camera shows a picture for longer: where holes are usually longer, they are gaps. */
const LONGEST_PICTURE_MS = 10_000;
/** So many holes tell what is usual. */
const FEWEST_HOLES = 3;

/** When a fragment begins, by the clock that is asked for. */
export function beginOf(
  fragment: Pick<StoredFragment, 'ProducerTimestamp' | 'ServerTimestamp'>,
  timestampType: TimestampType,
): number {
  return timestampType === 'SERVER_TIMESTAMP' ? fragment.ServerTimestamp : fragment.ProducerTimestamp;
}

/** When a fragment ends, as far as its list tells. */
export function listedEndOf(fragment: StoredFragment, timestampType: TimestampType): number {
  return beginOf(fragment, timestampType) + fragment.FragmentLengthInMilliseconds;
}

/** Whether what ends at `end` lasts in fact until the next one begins: its last frame is shown until then. */
export function isContinued(end: number, next: number, shortestGapMs = SHORTEST_GAP_MS): boolean {
  return next >= end && next - end <= shortestGapMs;
}

/**
 * What of the range is covered by media.
 *
 * @param fragments sorted by their begin
 */
export function coverageOf(
  fragments: readonly StoredFragment[],
  { timestampType, from, to }: Span & { readonly timestampType: TimestampType },
): Coverage {
  if (fragments.length === 0) {
    return { coverage: [], gaps: [{ from, to }] };
  }
  const begins = fragments.map((fragment) => beginOf(fragment, timestampType));
  const spacing = median(begins.slice(1).map((begin, index) => begin - (begins[index] ?? begin)));
  const shortestGapMs = Math.max(shortestGapOf(fragments, timestampType), spacing / 2);
  const coverage: { from: number; to: number }[] = [];
  for (const fragment of fragments) {
    const begin = Math.max(from, beginOf(fragment, timestampType));
    const end = Math.min(to, listedEndOf(fragment, timestampType));
    const last = coverage.at(-1);
    if (last === undefined || begin - last.to > shortestGapMs) {
      coverage.push({ from: begin, to: Math.max(begin, end) });
    } else {
      last.to = Math.max(last.to, end);
    }
  }
  const gaps: Span[] = [];
  let reached = from;
  for (const { from: begin, to: end } of [...coverage, { from: to, to }]) {
    if (begin - reached > shortestGapMs) {
      gaps.push({ from: reached, to: begin });
    }
    reached = Math.max(reached, end);
  }
  return { coverage, gaps };
}

/**
 * The shortest hole that is a gap, ms. With one picture a second or less, each fragment is followed by a hole as long
 * as its last picture is shown.
 */
export function shortestGapOf(fragments: readonly StoredFragment[], timestampType: TimestampType): number {
  const holes = fragments
    .slice(1)
    .map((next, index) => beginOf(next, timestampType) - listedEndOf(fragments[index] ?? next, timestampType))
    .filter((hole) => hole >= 0)
    .sort((a, b) => a - b);
  const usual = median(holes);
  const areAlike = holes.length >= FEWEST_HOLES && (holes[Math.floor(holes.length / 4)] ?? 0) >= usual * 0.7;
  return areAlike && usual <= LONGEST_PICTURE_MS ? Math.max(SHORTEST_GAP_MS, 1.5 * usual) : SHORTEST_GAP_MS;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
