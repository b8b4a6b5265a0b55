/** What one reading of the archive asks for, and what goes wrong meanwhile, by chance. */
import type { Fault } from '../../src/simulator';
import type { Range } from './reckoning';
import type { RecordedDay } from './recorded-day';

export interface Scenario {
  readonly range: Range;
  readonly stream: 'day' | 'short';
  readonly faults: readonly Fault[];
}

export interface Site {
  readonly now: number;
  readonly day: RecordedDay;
  /** How long the stream `short` keeps its media, ms. */
  readonly shortRetentionMs: number;
  /** The longest range, ms. */
  readonly longestMs: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const MOST_FAULTS = 4;

export function makeScenario(random: () => number, site: Site): Scenario {
  const drawn = Array.from({ length: 1 + Math.floor(random() * MOST_FAULTS) }, () => makeFault(random));
  // Credentials that expire again as soon as they are renewed are refused for good, as they should be.
  const expiring = drawn.filter(({ kind }) => kind === 'expired-credentials').slice(1);
  const faults = drawn.filter((fault) => !expiring.includes(fault));
  const member = random() < 0.7 ? 'ProducerTimestamp' : 'ServerTimestamp';
  return { ...makeRange(random, site, member), faults };
}

function makeRange(
  random: () => number,
  { now, day, shortRetentionMs, longestMs }: Site,
  member: Range['member'],
): Pick<Scenario, 'range' | 'stream'> {
  const length = Math.round(500 * Math.exp(Math.sqrt(random()) * Math.log(longestMs / 500)));
  const kind = random();
  if (kind < 0.05) {
    // The retention's edge moves during the reading.
    const from = Math.round(now - shortRetentionMs - 2 * MINUTE * random());
    return { stream: 'short', range: { member, from, to: from + 10 * MINUTE } };
  }
  if (kind < 0.2) {
    // Recent, and perhaps not over yet.
    const from = Math.round(now - 10 * MINUTE * random());
    return { stream: 'day', range: { member, from, to: Math.round(from + random() * 2 * MINUTE) } };
  }
  const from = Math.round(day.begin - MINUTE + random() * (now - day.begin - length));
  return { stream: 'day', range: { member, from, to: from + length } };
}

const CALLS = ['ListFragments', 'GetMediaForFragmentList', 'GetDataEndpoint'] as const;
const REFUSALS = [
  ['ClientLimitExceededException', 400],
  ['ThrottlingException', 400],
  ['InternalFailure', 500],
  ['ServiceUnavailable', 503],
] as const;

/** One thing that goes wrong, once to three times. */
export function makeFault(random: () => number): Fault {
  const upTo = (most: number) => Math.floor(random() * (most + 1));
  const one = <T>(list: readonly T[]): T => list[upTo(list.length - 1)] as T;
  const common = { times: 1 + upTo(2), afterCalls: upTo(1) };
  const media = { ...common, operation: 'GetMediaForFragmentList' as const };
  const place = { afterChunks: upTo(20) };
  const [ErrorType, statusCode] = one(REFUSALS);
  const deck: readonly (() => Fault)[] = [
    () => ({ ...media, kind: one(['cut', 'early-end', 'stall'] as const), afterBytes: upTo(20_000) }),
    () => ({ ...media, kind: one(['cut', 'early-end'] as const), midChunk: upTo(20) }),
    () => ({ ...media, kind: one(['cut', 'early-end'] as const), ...place }),
    () => ({
      ...media,
      kind: one(['duplicate-chunk', 'drop-chunk', 'clusterless-chunk'] as const),
      ...place,
    }),
    () => ({ ...media, kind: 'reordered-chunks' }),
    () => ({
      ...media,
      kind: 'in-band-error',
      ErrorId: one([3000, 3002, 5000]),
      mid: random() < 0.3,
      ...place,
    }),
    () => ({ ...media, kind: 'garbage', bytes: 1 + upTo(500), ...place }),
    () => ({ ...common, kind: 'http-error', operation: one(CALLS), ErrorType, statusCode }),
    () => ({ ...common, kind: 'reset', operation: one(CALLS) }),
    () => ({ ...common, kind: 'expired-credentials', operation: one(CALLS), times: 1 }),
    () => ({ ...media, kind: 'moved-endpoint', times: 1 }),
    () => ({ ...common, kind: 'slow-head', operation: one(CALLS), delayMs: upTo(8000) }),
  ];
  return one(deck)();
}
