/** What players ask for with a session's token: playlists, the init fragment and the media. */
import { FRAGMENT_NUMBER_PATTERN } from '../../options';
import { initSegment, mediaSegment, type Mp4Track } from '../media';
import { storedMedia, type Fragment } from '../streams';
import { isReadable } from './archive-visibility';
import type { Call } from './call';
import { manifest, masterPlaylist, mediaPlaylist } from './playlists';
import { sendContent } from './responses';
import type { Service } from './service';
import type { StreamingSession } from './session';
import { fragmentsOf, nothingToPlay, sessionOf } from './streaming-session';
import { invalidArgument } from './service-error';

const M3U8 = 'application/x-mpegURL';
const MPD = 'application/dash+xml';
const MP4 = 'video/mp4';

/** Answers a player's request. @throws {ServiceError} NotAuthorized (403), ResourceNotFound, ClientLimitExceeded */
export type Player = (service: Service, call: Call) => void;

export const getHlsMasterPlaylist = player((service, session) => {
  const [first] = playable(service, session);
  return { type: M3U8, content: masterPlaylist(session, bitsPerSecond(first)) };
});

export const getHlsMediaPlaylist = player((service, session) => {
  service.takePoints('metadata', session.most, session.stream.name);
  return { type: M3U8, content: mediaPlaylist(session, playable(service, session)) };
});

export const getDashManifest = player((service, session) => {
  service.takePoints('metadata', session.most, session.stream.name);
  const fragments = playable(service, session);
  return { type: MPD, content: manifest(session, fragments, bitsPerSecond(fragments[0])) };
});

export const getMp4InitFragment = player((_, session, query) => ({
  type: MP4,
  content: initSegment(tracksAsked(session, query)),
}));

export const getMp4MediaFragment = player((service, session, query) => {
  const { clock, archive } = service.options;
  service.takePoints('media', 1, session.stream.name);
  const fragment = fragmentAsked(session, query);
  if (fragment === undefined || !isReadable(archive, fragment, clock.now())) {
    throw nothingToPlay(session.protocol);
  }
  const { durationMs, position } = fragment;
  const startMs = (fragment[session.range.member] ?? session.origin) - session.origin;
  return {
    type: MP4,
    content: mediaSegment(tracksAsked(session, query), storedMedia(fragment), {
      sequence: position + 1,
      ...{ startMs, durationMs },
    }),
  };
});

/** A playlist names a fragment by its number, a manifest by its time in the session. */
function fragmentAsked(
  { stream, range, origin }: StreamingSession,
  query: Call['body'],
): Fragment | undefined {
  const { FragmentNumber, Time } = query;
  if (typeof FragmentNumber === 'string' && FRAGMENT_NUMBER_PATTERN.test(FragmentNumber)) {
    return stream.find(FragmentNumber);
  }
  if (typeof Time === 'string' && /^\d{1,15}$/.test(Time)) {
    const begins = origin + Number(Time);
    const [position] = stream.positionsBetween(range.member, begins, begins, () => true);
    return position === undefined ? undefined : stream.from(position);
  }
  throw invalidArgument('FragmentNumber must be a number of 1 to 128 digits.');
}

/** All tracks, or the one that the query names. */
function tracksAsked({ tracks }: StreamingSession, { TrackNumber }: Call['body']): readonly Mp4Track[] {
  return tracks.tracks.filter(({ number }) => TrackNumber === undefined || TrackNumber === String(number));
}

interface Answer {
  readonly type: string;
  readonly content: string | Buffer;
}

function player(
  answer: (service: Service, session: StreamingSession, query: Call['body']) => Answer,
): Player {
  return (service, call) => {
    const session = sessionOf(service, call.body['SessionToken']);
    call.stream = session.stream.name;
    const { type, content } = answer(service, session, call.body);
    sendContent(call.response, call.head, type, Buffer.from(content));
  };
}

function playable(service: Service, session: StreamingSession): Fragment[] {
  const fragments = fragmentsOf(service, session);
  if (fragments.length === 0) {
    throw nothingToPlay(session.protocol);
  }
  return fragments;
}

function bitsPerSecond(fragment: Fragment | undefined): number {
  return fragment === undefined
    ? 1
    : Math.ceil((8000 * fragment.body.length) / Math.max(1, fragment.durationMs));
}
