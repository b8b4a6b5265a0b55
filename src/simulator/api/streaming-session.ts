/** Opens streaming sessions, finds them by their token, and says which fragments they play. */
import { UnplayableError, mp4TracksOf, type Mp4Tracks } from '../media';
import { storedMedia, type Fragment } from '../streams';
import { isListed } from './archive-visibility';
import type { Service } from './service';
import { ServiceError } from './service-error';
import type { Protocol, StreamingSession } from './session';
import type { FragmentRange } from './timestamp-range';

/** What there is to play has to be this young, if it is live. */
const LIVE_MS = 30_000;
/** Sessions in memory; the oldest are forgotten first. */
const MOST_SESSIONS = 1000;

/** @throws {ServiceError} what the service answers if there is nothing to play, or it cannot be played */
export function openSession(
  service: Service,
  wanted: Omit<StreamingSession, 'token' | 'tracks' | 'origin' | 'createdAt'>,
): StreamingSession {
  const { options, sessions } = service;
  const { stream } = wanted;
  if (stream.details.retentionMs === 0) {
    throw new ServiceError('NoDataRetentionException', 'The stream retains no data.');
  }
  const createdAt = options.clock.now();
  const [first] = fragmentsOf(service, { ...wanted, createdAt });
  if (first === undefined) {
    throw nothingToPlay(wanted.protocol);
  }
  const session = {
    ...wanted,
    createdAt,
    token: newToken(options.random),
    tracks: tracksOf(first),
    origin: first[wanted.range.member] ?? 0,
  };
  sessions.set(session.token, session);
  for (const token of sessions.keys()) {
    if (sessions.size <= MOST_SESSIONS) {
      break;
    }
    sessions.delete(token);
  }
  return session;
}

/** @throws {ServiceError} 403 for a token that is invalid or has expired */
export function sessionOf({ sessions, options }: Service, token: unknown): StreamingSession {
  const session = typeof token === 'string' ? sessions.get(token) : undefined;
  if (session === undefined) {
    throw new ServiceError('NotAuthorizedException', 'Streaming session token is not valid', 403);
  }
  if (options.clock.now() >= session.expiresAt) {
    throw new ServiceError('NotAuthorizedException', 'Streaming session token expired', 403);
  }
  return session;
}

/** The fragments that a playlist shows now, oldest first. */
export function fragmentsOf(
  { options }: Service,
  {
    stream,
    mode,
    range,
    most,
    createdAt,
  }: Pick<StreamingSession, 'stream' | 'mode' | 'range' | 'most' | 'createdAt'>,
): Fragment[] {
  const { clock, archive } = options;
  const now = clock.now();
  const { member, from, to } = range;
  const isWanted = (fragment: Fragment) => isListed(archive, fragment, now);
  const begin = mode === 'LIVE' ? now - LIVE_MS - most * LONGEST_FRAGMENT_MS : from;
  const positions = stream.positionsBetween(member, begin, to, isWanted);
  const at = (list: readonly number[]) => list.flatMap((position) => stream.from(position) ?? []);
  switch (mode) {
    case 'ON_DEMAND':
      return withoutOverlap(
        at(positions).sort((a, b) => (a[member] ?? 0) - (b[member] ?? 0)),
        member,
      ).slice(0, most);
    case 'LIVE': {
      const newest = at(positions.slice(-most));
      const last = newest.at(-1);
      return last !== undefined && now - last.ingestedAt <= LIVE_MS ? newest : [];
    }
    case 'LIVE_REPLAY': {
      const played = at(positions.slice(0, most + Math.ceil((now - createdAt) / SHORTEST_FRAGMENT_MS)));
      const edge = from + (now - createdAt);
      const shown = Math.max(most, played.filter((fragment) => (fragment[member] ?? 0) <= edge).length);
      return played.slice(Math.max(0, shown - most), shown);
    }
  }
}

/** Limits of PutMedia: 20 s, and five fragments a second. */
const LONGEST_FRAGMENT_MS = 20_000;
const SHORTEST_FRAGMENT_MS = 200;

/** Of fragments that begin at the same time, the first that came in. */
function withoutOverlap(sorted: readonly Fragment[], member: FragmentRange['member']): Fragment[] {
  return sorted.filter((fragment, index) => fragment[member] !== sorted[index - 1]?.[member]);
}

/** @param what the request asks for */
export function nothingToPlay(what: Protocol | 'GetClip'): ServiceError {
  return new ServiceError(
    'ResourceNotFoundException',
    `No fragments found in the stream for the ${what}${what === 'GetClip' ? '' : ' streaming'} request.`,
  );
}

/** @throws {ServiceError} of codecs that the service puts into no MP4 */
export function tracksOf(fragment: Fragment): Mp4Tracks {
  try {
    return mp4TracksOf(storedMedia(fragment));
  } catch (error) {
    if (error instanceof UnplayableError) {
      throw new ServiceError(error.ErrorType, error.message);
    }
    throw error;
  }
}

function newToken(random: () => number): string {
  return Buffer.from(Array.from({ length: 48 }, () => Math.floor(random() * 256))).toString('base64url');
}
