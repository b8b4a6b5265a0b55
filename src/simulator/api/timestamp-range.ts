/** The selector of the archived operations: whose clock, from when, until when; and what the stream still retains of it. */
import type { SimulatedStream, TimestampMember } from '../streams';
import { ServiceError, invalidArgument } from './service-error';

/** Times are ms since the epoch, both included. */
export interface FragmentRange {
  readonly member: TimestampMember;
  readonly from: number;
  readonly to: number;
}

const MEMBERS: ReadonlyMap<unknown, TimestampMember> = new Map([
  ['PRODUCER_TIMESTAMP', 'ProducerTimestamp'],
  ['SERVER_TIMESTAMP', 'ServerTimestamp'],
]);

/** Whose clock a FragmentSelector speaks of. @throws {ServiceError} InvalidArgumentException */
export function readClock(selector: unknown, byDefault?: string): TimestampMember {
  const { FragmentSelectorType: type = byDefault } = recordOf(selector, 'FragmentSelector');
  return clockNamed(type, 'FragmentSelectorType');
}

function clockNamed(type: unknown, name: string): TimestampMember {
  const member = MEMBERS.get(type);
  if (member === undefined) {
    throw invalidArgument(`${name} must be one of ${[...MEMBERS.keys()].join(', ')}.`);
  }
  return member;
}

/** Reads a FragmentSelector's clock and start alone. @throws {ServiceError} InvalidArgumentException */
export function readStart(selector: unknown, name = 'FragmentSelector'): Omit<FragmentRange, 'to'> {
  const member = clockNamed(recordOf(selector, name)['FragmentSelectorType'], 'FragmentSelectorType');
  const { TimestampRange } = recordOf(selector, name);
  const { StartTimestamp } = recordOf(TimestampRange, 'TimestampRange');
  return { member, from: milliseconds(StartTimestamp, 'StartTimestamp') };
}

/** Reads a FragmentSelector, whose times are in seconds. @throws {ServiceError} InvalidArgumentException */
export function readFragmentSelector(selector: unknown, name = 'FragmentSelector'): FragmentRange {
  const { member, from } = readStart(selector, name);
  const { TimestampRange } = recordOf(selector, name);
  const { EndTimestamp } = recordOf(TimestampRange, 'TimestampRange');
  return { member, from, to: readEnd(EndTimestamp, from) };
}

/** Whether a value names a clock, as `FragmentRange` does. */
export function isTimestampMember(value: unknown): value is TimestampMember {
  return [...MEMBERS.values()].some((member) => member === value);
}

/** The FragmentSelector that says a range. */
export function sentSelector({ member, from, to }: FragmentRange): object {
  const [type] = [...MEMBERS].find(([, known]) => known === member) ?? [];
  return {
    FragmentSelectorType: type,
    TimestampRange: { StartTimestamp: from / 1000, EndTimestamp: to / 1000 },
  };
}

/** Reads the range of GetImages, which stands in the request itself. @throws {ServiceError} InvalidArgumentException */
export function readImageRange(body: Readonly<Record<string, unknown>>): FragmentRange {
  const { ImageSelectorType, StartTimestamp, EndTimestamp } = body;
  const member = clockNamed(ImageSelectorType, 'ImageSelectorType');
  const from = milliseconds(StartTimestamp, 'StartTimestamp');
  return { member, from, to: readEnd(EndTimestamp, from) };
}

function readEnd(seconds: unknown, from: number): number {
  const to = milliseconds(seconds, 'EndTimestamp');
  if (to < from) {
    throw invalidArgument('StartTimestamp must not be after EndTimestamp.');
  }
  return to;
}

/** Refuses a range that ends before what the stream retains. @throws {ServiceError} InvalidArgumentException */
export function checkRetained(stream: SimulatedStream, { to }: FragmentRange, now: number): void {
  const { retentionMs } = stream.details;
  // What a recording holds is retained however old it is.
  const oldest = stream.oldest?.pinned === true ? -Infinity : now - retentionMs;
  if (retentionMs === 0 || to < oldest) {
    throw new ServiceError(
      'InvalidArgumentException',
      `End timestamp ${to} is outside of the stream retention period.`,
    );
  }
}

function recordOf(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) {
    throw invalidArgument(`${name} must not be null.`);
  }
  return value as Record<string, unknown>;
}

function milliseconds(seconds: unknown, name: string): number {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) {
    throw invalidArgument(`${name} must be a number of seconds.`);
  }
  return Math.round(seconds * 1000);
}
