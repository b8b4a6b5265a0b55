/** Cuts a file's blocks into fragments: at key frames, or without video every two seconds. */
import type { SourceBlock, SourceMedia } from './demuxer';
import { frameKind } from './frame-kind';

/** Length of a fragment if there is no video to cut at, ms. */
const AUDIO_FRAGMENT_MS = 2000;
/** A block's time within its Cluster is a signed 16-bit number. */
const LONGEST_FRAGMENT_MS = 30_000;

/** The blocks of each fragment. What comes before the first key frame cannot be played and is left out. */
export function cutAtKeyFrames(media: SourceMedia): SourceBlock[][] {
  const video = media.tracks.find(({ type }) => type === 'video');
  const cuts: SourceBlock[][] = [];
  let open: SourceBlock[] | undefined;
  let keyMs: number | undefined;
  /** Blocks that belong to the next picture: parameter sets in blocks of their own. */
  let lead: SourceBlock[] = [];
  let recovers = false;
  for (const block of media.blocks) {
    const first = open?.[0];
    const elapsed = first === undefined ? 0 : block.timeMs - first.timeMs;
    const kind = block.track === video?.number ? frameKind(video, block) : 'other';
    if (kind === 'lead' || kind === 'recovery') {
      lead.push(block);
      recovers ||= kind === 'recovery';
      continue;
    }
    const isPicture = block.track === video?.number;
    // Slices of one picture may come in blocks of their own.
    const isKey = isPicture && (kind === 'key' || recovers) && block.timeMs !== keyMs;
    const begins =
      video === undefined
        ? open === undefined || elapsed >= AUDIO_FRAGMENT_MS
        : isKey || elapsed >= LONGEST_FRAGMENT_MS;
    if (begins) {
      open = [];
      cuts.push(open);
      keyMs = isKey ? block.timeMs : undefined;
    }
    if (isPicture) {
      open?.push(...lead);
      lead = [];
      recovers = false;
    }
    open?.push(block);
  }
  return cuts;
}

/** When the loop ends, ms: after the last frame of the first video track, or without video after the last of all. */
export function endOf(media: SourceMedia, cuts: readonly SourceBlock[][]): number {
  const video = media.tracks.find(({ type }) => type === 'video')?.number;
  const times = cuts
    .flat()
    .filter(({ track }) => video === undefined || track === video)
    .sort((a, b) => a.timeMs - b.timeMs);
  const last = times.at(-1);
  const before = times.at(-2);
  if (last === undefined) {
    return 0;
  }
  return last.timeMs + (last.durationMs ?? (before === undefined ? 40 : last.timeMs - before.timeMs));
}
