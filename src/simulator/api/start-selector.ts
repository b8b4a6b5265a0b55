/** The position at which a GetMedia response begins: the six start selectors over what a stream retains. */
import { FRAGMENT_NUMBER_PATTERN, START_SELECTOR_TYPES, type StartSelector } from '../../options';
import type { SimulatedStream, TimestampMember } from '../streams';
import { invalidArgument } from './service-error';

/** As AWS documents it for the request. */
const CONTINUATION_TOKEN_PATTERN = /^[a-zA-Z0-9_.-]{1,128}$/;

/** Reads the request's StartSelector, whose times are in seconds. @throws {ServiceError} InvalidArgumentException */
export function readSelector(value: unknown): StartSelector {
  if (typeof value !== 'object' || value === null) {
    throw invalidArgument('StartSelector must not be null.');
  }
  const given = value as Record<string, unknown>;
  const type = START_SELECTOR_TYPES.find((known) => known === given['StartSelectorType']);
  switch (type) {
    case undefined:
      throw invalidArgument(`StartSelectorType must be one of ${START_SELECTOR_TYPES.join(', ')}.`);
    case 'NOW':
    case 'EARLIEST':
      return { StartSelectorType: type };
    case 'FRAGMENT_NUMBER': {
      const AfterFragmentNumber = matching(given['AfterFragmentNumber'], FRAGMENT_NUMBER_PATTERN);
      if (AfterFragmentNumber === undefined) {
        throw invalidArgument('AfterFragmentNumber must be 1 to 128 digits for FRAGMENT_NUMBER.');
      }
      return { StartSelectorType: type, AfterFragmentNumber };
    }
    case 'CONTINUATION_TOKEN': {
      const ContinuationToken = matching(given['ContinuationToken'], CONTINUATION_TOKEN_PATTERN);
      if (ContinuationToken === undefined) {
        throw invalidArgument('ContinuationToken must match [a-zA-Z0-9_.-]{1,128} for CONTINUATION_TOKEN.');
      }
      return { StartSelectorType: type, ContinuationToken };
    }
    case 'SERVER_TIMESTAMP':
    case 'PRODUCER_TIMESTAMP': {
      const seconds = given['StartTimestamp'];
      if (typeof seconds !== 'number' || !Number.isFinite(seconds)) {
        throw invalidArgument(`StartTimestamp must be a number of seconds for ${type}.`);
      }
      return { StartSelectorType: type, StartTimestamp: Math.round(seconds * 1000) };
    }
  }
}

/**
 * The position to begin at, or undefined if the fragment asked for is not there. A number that was handed out
 * once but has aged out is as unknown as one that never was: the facts know one answer for both.
 *
 * @param live media came in so recently that NOW has something to begin with
 * @param tokensInclusive AWS's two descriptions of ContinuationToken disagree; the default is "after"
 */
export function locate(
  stream: SimulatedStream,
  selector: StartSelector,
  { live, tokensInclusive }: { readonly live: boolean; readonly tokensInclusive: boolean },
): number | undefined {
  switch (selector.StartSelectorType) {
    case 'NOW':
      return (live ? stream.fragments.at(-1)?.position : undefined) ?? stream.nextPosition;
    case 'EARLIEST':
      return stream.oldest?.position ?? stream.nextPosition;
    case 'FRAGMENT_NUMBER':
      return after(stream, selector.AfterFragmentNumber, 1);
    case 'CONTINUATION_TOKEN':
      return after(stream, selector.ContinuationToken, tokensInclusive ? 0 : 1);
    case 'SERVER_TIMESTAMP':
      return containing(stream, 'ServerTimestamp', selector.StartTimestamp) ?? stream.nextPosition;
    case 'PRODUCER_TIMESTAMP':
      return containing(stream, 'ProducerTimestamp', selector.StartTimestamp) ?? stream.nextPosition;
  }
}

function after(stream: SimulatedStream, number: string, step: 0 | 1): number | undefined {
  const found = stream.find(number);
  return found === undefined ? undefined : found.position + step;
}

/** The fragment that contains a time (the one that began last, if several do), else the next one after it. */
function containing(stream: SimulatedStream, member: TimestampMember, time: number): number | undefined {
  let best: { readonly position: number; readonly begins: number } | undefined;
  let next: number | undefined;
  for (const fragment of stream.candidates(member, time)) {
    const begins = fragment[member];
    if (begins === undefined) {
      continue;
    }
    const contains = begins === time || (begins < time && time < begins + fragment.durationMs);
    if (contains && (best === undefined || begins > best.begins)) {
      best = { position: fragment.position, begins };
    }
    if (begins > time) {
      next ??= fragment.position;
    }
  }
  return best?.position ?? next;
}

function matching(value: unknown, pattern: RegExp): string | undefined {
  return typeof value === 'string' && pattern.test(value) ? value : undefined;
}
