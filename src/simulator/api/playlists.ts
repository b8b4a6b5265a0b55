/** HLS playlists and the DASH manifest of a session. Addresses in them are relative to their own. */
import type { Fragment } from '../streams';
import type { StreamingSession } from './session';

/** A gap or an overlap that is longer than this is a discontinuity. */
const TOLERANCE_MS = 50;

export function masterPlaylist({ tracks, token }: StreamingSession, bitsPerSecond: number): string {
  const { codecs, width, height } = tracks;
  const size = width > 0 ? `,RESOLUTION=${width}x${height}` : '';
  return lines([
    '#EXTM3U',
    '#EXT-X-VERSION:1',
    `#EXT-X-STREAM-INF:PROGRAM-ID=1,BANDWIDTH=${bitsPerSecond},CODECS="${codecs}"${size}`,
    `getHLSMediaPlaylist.m3u8?SessionToken=${token}`,
  ]);
}

export function mediaPlaylist(session: StreamingSession, fragments: readonly Fragment[]): string {
  const { token, mode, discontinuities, showsTimes, range } = session;
  const longest = Math.max(...fragments.map(({ durationMs }) => durationMs));
  const entries = fragments.flatMap((fragment, index) => {
    const before = fragments[index - 1];
    const time = fragment[range.member] ?? 0;
    const jumps =
      before !== undefined && Math.abs((before[range.member] ?? 0) + before.durationMs - time) > TOLERANCE_MS;
    const isMarked = discontinuities === 'ALWAYS' ? index > 0 : discontinuities !== 'NEVER' && jumps;
    return [
      ...(isMarked ? ['#EXT-X-DISCONTINUITY'] : []),
      ...(showsTimes ? [`#EXT-X-PROGRAM-DATE-TIME:${new Date(time).toISOString()}`] : []),
      `#EXTINF:${(fragment.durationMs / 1000).toFixed(3)},`,
      `getMP4MediaFragment.mp4?FragmentNumber=${fragment.FragmentNumber ?? ''}&SessionToken=${token}`,
    ];
  });
  return lines([
    '#EXTM3U',
    '#EXT-X-VERSION:6',
    ...(mode === 'ON_DEMAND' ? ['#EXT-X-PLAYLIST-TYPE:VOD'] : []),
    `#EXT-X-MEDIA-SEQUENCE:${mode === 'ON_DEMAND' ? 1 : (fragments[0]?.position ?? 0)}`,
    `#EXT-X-TARGETDURATION:${Math.ceil(longest / 1000)}`,
    `#EXT-X-MAP:URI="getMP4InitFragment.mp4?SessionToken=${token}"`,
    ...entries,
    ...(mode === 'ON_DEMAND' ? ['#EXT-X-ENDLIST'] : []),
  ]);
}

export function manifest(
  session: StreamingSession,
  fragments: readonly Fragment[],
  bitsPerSecond: number,
): string {
  const { tracks, token, mode, origin, range } = session;
  const start = (fragment: Fragment | undefined) => (fragment?.[range.member] ?? origin) - origin;
  const last = fragments.at(-1);
  const end = seconds(start(last) + (last?.durationMs ?? 0));
  const kind =
    mode === 'ON_DEMAND'
      ? `type="static" mediaPresentationDuration="${end}"`
      : `type="dynamic" minimumUpdatePeriod="PT1S" availabilityStartTime="${new Date(origin).toISOString()}"`;
  return lines([
    '<?xml version="1.0" encoding="utf-8"?>',
    `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:full:2011" minBufferTime="PT2S" ${kind}>`,
    ' <Period start="PT0S">',
    ...tracks.tracks.flatMap(({ number, isVideo, codec, width, height }) => [
      `  <AdaptationSet mimeType="${isVideo ? 'video' : 'audio'}/mp4" segmentAlignment="true">`,
      `   <Representation id="${number}" bandwidth="${bitsPerSecond}" codecs="${codec}"${isVideo ? ` width="${width}" height="${height}"` : ''}>`,
      `    <SegmentTemplate timescale="1000" ${template(number, token)}>`,
      '     <SegmentTimeline>',
      ...fragments.map((fragment) => `      <S t="${start(fragment)}" d="${fragment.durationMs}"/>`),
      '     </SegmentTimeline>',
      '    </SegmentTemplate>',
      '   </Representation>',
      '  </AdaptationSet>',
    ]),
    ' </Period>',
    '</MPD>',
  ]);
}

/** A player that is given the tracks in one piece takes them for one track. */
function template(track: number, token: string): string {
  const query = `TrackNumber=${track}&amp;SessionToken=${token}`;
  return `initialization="getMP4InitFragment.mp4?${query}" media="getMP4MediaFragment.mp4?Time=$Time$&amp;${query}"`;
}

function seconds(ms: number): string {
  return `PT${(ms / 1000).toFixed(3)}S`;
}

function lines(list: readonly string[]): string {
  return `${list.join('\n')}\n`;
}
