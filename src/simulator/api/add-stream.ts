/** Adds an empty stream to a simulator, for CreateStream and all else that makes one. */
import { STREAM_NAME_PATTERN } from '../../options';
import type { Profile } from '../media';
import { FragmentNumbers, SimulatedStream, type ResourceTags } from '../streams';
import type { Service } from './service';
import { ServiceError, invalidArgument } from './service-error';

/** The region of ARNs where none was chosen: the one that the dialogs' hint and the examples name. */
export const DEFAULT_REGION = 'us-west-2';

/** The service's default for an account. */
const MOST_STREAMS = 10_000;

/** Of all streams: some 200 MB, if their media is shared. */
const MOST_FRAGMENTS = 200_000;
/** Of a stream, however many there are. */
const FEWEST_FRAGMENTS = 20;

export interface NewStream {
  /** Default: the simulator's. */
  readonly retentionMs?: number;
  /** How long it has existed, ms. */
  readonly ageMs?: number;
  readonly mediaType?: string | undefined;
  readonly profile?: Profile;
  readonly resourceTags?: ResourceTags;
}

/** @throws {ServiceError} InvalidArgumentException, ResourceInUseException, AccountStreamLimitExceededException */
export function addStream(
  { options, streams }: Service,
  name: string,
  {
    retentionMs = options.retentionMs,
    ageMs = 0,
    mediaType,
    profile = 'ffmpeg',
    resourceTags = new Map(),
  }: NewStream,
): SimulatedStream {
  if (!STREAM_NAME_PATTERN.test(name)) {
    throw invalidArgument(
      'StreamName must satisfy the pattern [a-zA-Z0-9_.-]+ and have 1 to 256 characters.',
    );
  }
  if (streams.has(name)) {
    throw new ServiceError('ResourceInUseException', `The stream ${name} already exists.`);
  }
  if (streams.size >= MOST_STREAMS) {
    throw new ServiceError(
      'AccountStreamLimitExceededException',
      `The simulator holds ${MOST_STREAMS} streams at most.`,
    );
  }
  const { clock, random, region = DEFAULT_REGION, accountId } = options;
  const createdAt = Math.round(clock.now() - ageMs);
  const arn = `arn:aws:kinesisvideo:${region}:${accountId}:stream/${name}/${createdAt}`;
  const stream = new SimulatedStream(
    {
      ...{ name, arn, createdAt, retentionMs, mediaType, profile, resourceTags },
      version: versionId(random),
    },
    new FragmentNumbers(createdAt, random),
    clock,
    () => Math.max(FEWEST_FRAGMENTS, Math.floor(MOST_FRAGMENTS / streams.size)),
  );
  streams.set(name, stream);
  return stream;
}

/** A new value for each change of a stream. */
export function versionId(random: () => number): string {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  return Array.from({ length: 20 }, () => letters.charAt(Math.floor(random() * letters.length))).join('');
}
