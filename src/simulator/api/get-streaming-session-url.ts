/**
 * GetHLSStreamingSessionURL and GetDASHStreamingSessionURL.
 * https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_reader_GetHLSStreamingSessionURL.html
 */
import type { Call } from './call';
import { choice, count } from './members';
import type { Service } from './service';
import { invalidArgument } from './service-error';
import { PLAYBACK_MODES, type PlaybackMode, type Protocol } from './session';
import { openSession } from './streaming-session';
import {
  checkRetained,
  readClock,
  readFragmentSelector,
  readStart,
  type FragmentRange,
} from './timestamp-range';

const MEMBERS = {
  HLS: {
    selector: 'HLSFragmentSelector',
    most: 'MaxMediaPlaylistFragmentResults',
    url: 'HLSStreamingSessionURL',
  },
  DASH: {
    selector: 'DASHFragmentSelector',
    most: 'MaxManifestFragmentResults',
    url: 'DASHStreamingSessionURL',
  },
} as const;
const PATHS = { HLS: '/hls/v1/getHLSMasterPlaylist.m3u8', DASH: '/dash/v1/getDASHManifest.mpd' } as const;
const DAY_MS = 24 * 3_600_000;

/** @throws {ServiceError} InvalidArgument, ResourceNotFound, NoDataRetention, and those of codecs that cannot be played */
export function getStreamingSessionUrl(protocol: Protocol): (service: Service, call: Call) => unknown {
  return (service, call) => {
    const { body, request, plane } = call;
    const { selector, most, url } = MEMBERS[protocol];
    const stream = service.streamOf(call);
    const mode = choice(body, 'PlaybackMode', PLAYBACK_MODES, 'LIVE');
    const now = service.options.clock.now();
    const range = rangeOf(mode, body[selector], now);
    if (choice(body, 'ContainerFormat', ['FRAGMENTED_MP4', 'MPEG_TS'], 'FRAGMENTED_MP4') === 'MPEG_TS') {
      throw invalidArgument('The simulator makes FRAGMENTED_MP4 alone.');
    }
    if (mode === 'ON_DEMAND' && stream.details.retentionMs > 0) {
      checkRetained(stream, range, now);
    }
    const always = protocol === 'HLS' && range.member === 'ServerTimestamp' ? 'ALWAYS' : 'NEVER';
    const session = openSession(service, {
      ...{ protocol, stream, mode, range },
      expiresAt: now + 1000 * count(body, 'Expires', 300, 43_200, 300),
      most: count(body, most, 1, 5000, mode === 'ON_DEMAND' ? 1000 : 5),
      discontinuities: choice(body, 'DiscontinuityMode', ['ALWAYS', 'NEVER', 'ON_DISCONTINUITY'], always),
      showsTimes: choice(body, 'DisplayFragmentTimestamp', ['ALWAYS', 'NEVER'], 'NEVER') === 'ALWAYS',
    });
    const { protocol: scheme, host } = new URL(plane.url);
    const address = `${scheme}//${request.headers.host ?? host}${PATHS[protocol]}`;
    return { [url]: `${address}?SessionToken=${session.token}` };
  };
}

function rangeOf(mode: PlaybackMode, selector: unknown, now: number): FragmentRange {
  if (mode === 'LIVE') {
    return { member: readClock(selector ?? {}, 'SERVER_TIMESTAMP'), from: 0, to: Infinity };
  }
  if (mode === 'LIVE_REPLAY') {
    return { ...readStart(selector), to: Infinity };
  }
  const range = readFragmentSelector(selector);
  if (range.to - range.from > DAY_MS) {
    throw invalidArgument('EndTimestamp must be within 24 hours of StartTimestamp.');
  }
  if (range.member === 'ServerTimestamp' && range.to > now) {
    throw invalidArgument('EndTimestamp must be in the past for SERVER_TIMESTAMP.');
  }
  return range;
}
