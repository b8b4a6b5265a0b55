/** A streaming session: what a session URL stands for, until it expires. */
import type { Mp4Tracks } from '../media';
import type { SimulatedStream } from '../streams';
import type { FragmentRange } from './timestamp-range';

export const PLAYBACK_MODES = ['LIVE', 'LIVE_REPLAY', 'ON_DEMAND'] as const;
export type PlaybackMode = (typeof PLAYBACK_MODES)[number];
export type Protocol = 'HLS' | 'DASH';

export interface StreamingSession {
  readonly token: string;
  readonly protocol: Protocol;
  readonly stream: SimulatedStream;
  readonly mode: PlaybackMode;
  readonly range: FragmentRange;
  readonly tracks: Mp4Tracks;
  /** When the first fragment begins: the zero of the session's times, ms since the epoch. */
  readonly origin: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Fragments in a playlist. */
  readonly most: number;
  readonly discontinuities: 'ALWAYS' | 'NEVER' | 'ON_DISCONTINUITY';
  readonly showsTimes: boolean;
}
