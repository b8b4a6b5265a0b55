/** Lists the fragments that begin in a range: all pages, sorted, each once, and again until two lists agree. */
import {
  answerTooLarge,
  type ListFragmentsRequest,
  type StoredFragment,
  type TimeRange,
} from '../kinesis-video';
import type { StreamRef } from '../options';
import { compareFragmentNumbers } from '../session';
import { retryCalls } from './call-retries';
import { beginOf, listedEndOf } from './coverage';
import { sleep } from './sleep';
import type { ArchiveDependencies } from './types';

/** The service's limit for a page. */
const LARGEST_PAGE = 1_000;
const SMALLEST_PAGE = 20;
/** Producers mostly send fragments of 2 s and more. A page costs as many points as it may hold. */
const USUAL_FRAGMENT_MS = 2_000;
/** What has arrived less than this ago may still be missing from a list. */
const LIVE_EDGE_MS = 60_000;
/**
 * No fragment is longer. The service lists what begins in a range, so what contains the range's begin is found in a list
 * that begins so much earlier.
 */
export const LONGEST_FRAGMENT_MS = 20_000;
/** A list that goes on and on is no list of a stream: producers do not send so many fragments in a second. */
const MOST_FRAGMENTS_PER_SECOND = 20;
const MOST_FRAGMENTS_MORE = 10_000;
/** So many pages in a row may bring nothing new. */
const MOST_EMPTY_PAGES = 20;
/** Between two lists that are to agree, and between two looks for media that have not arrived. */
const AGREE_AFTER_MS = 1_500;
const LOOK_EVERY_MS = 3_000;

/** One list of what is stored now. */
export async function listNow(
  dependencies: ArchiveDependencies,
  stream: StreamRef,
  range: TimeRange,
  signal: AbortSignal,
): Promise<StoredFragment[]> {
  const { timestampType, from, to } = range;
  const expected = Math.ceil((1.5 * (to - from)) / USUAL_FRAGMENT_MS);
  const MaxResults = Math.min(LARGEST_PAGE, Math.max(SMALLEST_PAGE, expected));
  const found = new Map<string, StoredFragment>();
  let request: ListFragmentsRequest = { ...{ timestampType, from, to }, MaxResults };
  const most = MOST_FRAGMENTS_MORE + ((to - from) / 1_000) * MOST_FRAGMENTS_PER_SECOND;
  const tokens = new Set<string>();
  for (let emptyPages = 0; ;) {
    const before = found.size;
    const page = await retryCalls(dependencies, stream, signal, () =>
      pageOf(dependencies, stream, request, signal),
    );
    for (const fragment of page.fragments) {
      const begin = beginOf(fragment, timestampType);
      if (begin >= from && begin <= to) {
        found.set(fragment.FragmentNumber, fragment);
      }
    }
    if (found.size > before) {
      emptyPages = 0;
      tokens.clear();
    } else {
      emptyPages += 1;
    }
    if (found.size > most || emptyPages > MOST_EMPTY_PAGES) {
      throw answerTooLarge('ListFragments', stream);
    }
    const { NextToken } = page;
    // A token that comes again would be followed for ever.
    if (NextToken === undefined || tokens.has(NextToken)) {
      break;
    }
    tokens.add(NextToken);
    request = { MaxResults, NextToken };
  }
  return [...found.values()].sort(
    (a, b) =>
      beginOf(a, timestampType) - beginOf(b, timestampType) ||
      compareFragmentNumbers(a.FragmentNumber, b.FragmentNumber),
  );
}

async function pageOf(
  { service, budgets, clock, streamKey }: ArchiveDependencies,
  stream: StreamRef,
  request: ListFragmentsRequest,
  signal: AbortSignal,
) {
  await sleep(clock, budgets.metadata.take(streamKey, request.MaxResults, clock.monotonic()), signal);
  return service.listFragments(stream, request, signal);
}

/**
 * Lists a range whose end may be at the live edge: a list there lags a little behind, so it is repeated until two agree,
 * and until a fragment shows that the range is complete or `waitMs` have passed since its end.
 *
 * The list may hold fragments that begin after the range.
 */
export async function listSettled(
  dependencies: ArchiveDependencies,
  stream: StreamRef,
  range: TimeRange & { readonly waitMs: number },
  signal: AbortSignal,
): Promise<StoredFragment[]> {
  const { clock, service } = dependencies;
  const now = (): number => clock.now() + service.clockOffsetMs;
  if (range.to <= now() - LIVE_EDGE_MS) {
    return listNow(dependencies, stream, range, signal);
  }
  const deadline = clock.monotonic() + Math.max(0, range.to - now()) + range.waitMs;
  let before: readonly StoredFragment[] | undefined;
  for (;;) {
    const list = await listNow(dependencies, stream, reaching(range, now()), signal);
    const isComplete = list.some(
      (fragment) =>
        beginOf(fragment, range.timestampType) >= range.to ||
        listedEndOf(fragment, range.timestampType) >= range.to,
    );
    const isOver = isComplete || clock.monotonic() >= deadline;
    if (isOver && before !== undefined && isSame(before, list)) {
      return list;
    }
    before = list;
    const leftMs = Math.max(AGREE_AFTER_MS, deadline - clock.monotonic());
    await sleep(clock, isOver ? AGREE_AFTER_MS : Math.min(LOOK_EVERY_MS, leftMs), signal);
  }
}

/** Beyond the range, to see what follows it. The service takes no time to come by its own clock. */
function reaching({ timestampType, from, to }: TimeRange, now: number): TimeRange {
  const beyond = to + LONGEST_FRAGMENT_MS;
  const end = timestampType === 'SERVER_TIMESTAMP' ? Math.min(beyond, now) : beyond;
  return { timestampType, from, to: Math.max(from, end) };
}

function isSame(a: readonly StoredFragment[], b: readonly StoredFragment[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ FragmentNumber }, index) => FragmentNumber === b[index]?.FragmentNumber)
  );
}
