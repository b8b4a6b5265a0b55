/** mp4frag, the library inside `@kevingodell/node-red-mp4frag`, which has no types. */
import { createRequire } from 'node:module';
import type { Transform } from 'node:stream';

interface Mp4FragOptions {
  readonly segmentCount?: number;
  readonly hlsPlaylistBase?: string;
  readonly hlsPlaylistInit?: boolean;
}

export interface Segment {
  readonly duration: number;
  readonly keyframe: boolean;
}

export type Mp4Frag = Transform & { resetCache(): void };

export const Mp4Frag = createRequire(__filename)('mp4frag') as new (options: Mp4FragOptions) => Mp4Frag;
