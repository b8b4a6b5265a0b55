/** The streams of a simulator, as a whole: new ones, and what they may hold in memory together. */
import { STREAM_NAME_PATTERN } from '../../options';
import { ServiceError, invalidArgument } from './service-error';
import { FragmentNumbers } from '../streams/fragment-number';
import type { Profile } from '../media/playable';
import type { Service } from './service';
import { SimulatedStream } from '../streams/stream';

/** The service's default is ten thousand; memory here is one machine's. */
const MOST_STREAMS = 1000;

export interface NewStream {
  /** Default: the simulator's. */
  readonly retentionMs?: number;
  readonly mediaType?: string | undefined;
  readonly profile?: Profile;
}

/**
 * Adds an empty stream.
 *
 * @throws {ServiceError} InvalidArgumentException, ResourceInUseException, AccountStreamLimitExceededException
 */
export function createStream(
  { options, streams }: Service,
  name: string,
  { retentionMs = options.retentionMs, mediaType, profile = 'ffmpeg' }: NewStream,
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
  const { clock, random, region = 'us-east-1', accountId } = options;
  const createdAt = Math.round(clock.now());
  const arn = `arn:aws:kinesisvideo:${region}:${accountId}:stream/${name}/${createdAt}`;
  const stream = new SimulatedStream(
    { name, arn, createdAt, version: versionId(random), retentionMs, mediaType, profile },
    new FragmentNumbers(createdAt, random),
    clock,
  );
  streams.set(name, stream);
  return stream;
}

/**
 * Keeps what was pushed within bounds, over all streams: the oldest whole fragment is forgotten first.
 *
 * @param held bytes held beside the fragments
 * @returns false where what is still coming in is too much by itself
 */
export function limitMemory(streams: Iterable<SimulatedStream>, most: number, held = 0): boolean {
  const all = [...streams];
  const isWithin = () => all.reduce((sum, { ownedBytes }) => sum + ownedBytes, held) <= most;
  for (let left = all.length > 0; left && !isWithin();) {
    left = all.reduce((a, b) => (b.oldestOwnedAt < a.oldestOwnedAt ? b : a)).forgetOldest();
  }
  return isWithin();
}

function versionId(random: () => number): string {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  return Array.from({ length: 20 }, () => letters.charAt(Math.floor(random() * letters.length))).join('');
}
