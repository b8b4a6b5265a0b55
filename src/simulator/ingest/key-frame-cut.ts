/**
 * Decides where fragments begin, whatever the Clusters of the media: at a key frame of the first video track, or
 * without video every two seconds. Blocks that belong to a picture which has not come yet are held back for it.
 */
import { frameKind, type SourceTrack } from '../media';
import { LONGEST_FRAGMENT_MS } from './limits';
import type { Block } from './matroska-parts';

/** No shorter than this, since the service takes five fragments a second. */
const SHORTEST_CUT_MS = 500;
const AUDIO_CUT_MS = 2000;
const MOST_HELD = 64;
const LARGEST_HELD = 64 * 1024;
/** Media without a single key frame is let through after this long. */
const NO_KEY_FRAME_MS = 5000;

/** A block and its time, in ticks. */
export interface TimedBlock {
  readonly block: Block;
  readonly ticks: number;
}

/** What becomes of blocks: they go into the open fragment, or a fragment begins with them. */
export interface Placement {
  readonly begins: boolean;
  readonly blocks: readonly TimedBlock[];
}

const NOTHING = Buffer.alloc(0);
const NOWHERE: Placement = { begins: false, blocks: [] };

export class KeyFrameCut {
  readonly #video: SourceTrack | undefined;
  readonly #msPerTick: number;
  #firstTicks: number | undefined;
  /** Blocks of other tracks that came before the first picture. */
  #early: TimedBlock[] = [];
  /** Blocks without a picture, which belong to the next one. */
  #lead: TimedBlock[] = [];
  #recovers = false;
  #sawVideo = false;

  /** @param video the track at whose key frames fragments begin */
  constructor(video: SourceTrack | undefined, msPerTick: number) {
    this.#video = video;
    this.#msPerTick = msPerTick;
  }

  /** Bytes of what is held back. */
  get heldBytes(): number {
    return [...this.#early, ...this.#lead].reduce((sum, { block }) => sum + block.bytes.length, 0);
  }

  /** @param openTicks time of the open fragment; undefined if there is none */
  place(block: Block, ticks: number, openTicks: number | undefined): Placement {
    const isVideo = block.track === this.#video?.number;
    const kind = isVideo ? frameKind(this.#video, block) : 'other';
    if ((kind === 'lead' || kind === 'recovery') && hold(this.#lead, { block, ticks })) {
      this.#recovers ||= kind === 'recovery';
      return NOWHERE;
    }
    const isKey = isVideo && (kind === 'key' || this.#recovers);
    const lead = isVideo ? this.#takeLead() : [];
    const blocks = [...lead, { block, ticks }];
    return openTicks === undefined
      ? this.#first(blocks, ticks, isVideo, isKey)
      : { begins: this.#cuts((ticks - openTicks) * this.#msPerTick, isKey), blocks };
  }

  #cuts(elapsedMs: number, isKey: boolean): boolean {
    const isDue =
      this.#video === undefined ? elapsedMs >= AUDIO_CUT_MS : isKey && elapsedMs >= SHORTEST_CUT_MS;
    return isDue || elapsedMs > LONGEST_FRAGMENT_MS;
  }

  /** Sound before the first picture belongs to it; after a picture that cannot be shown, it is left out too. */
  #first(blocks: readonly TimedBlock[], ticks: number, isVideo: boolean, isKey: boolean): Placement {
    this.#firstTicks ??= ticks;
    const waitedMs = (ticks - this.#firstTicks) * this.#msPerTick;
    if (this.#video === undefined || isKey || waitedMs > NO_KEY_FRAME_MS) {
      return { begins: true, blocks: [...this.#early.splice(0), ...blocks] };
    }
    if (isVideo) {
      this.#sawVideo = true;
      this.#early = [];
    } else if (!this.#sawVideo) {
      blocks.forEach((one) => hold(this.#early, one));
    }
    return NOWHERE;
  }

  #takeLead(): TimedBlock[] {
    this.#recovers = false;
    return this.#lead.splice(0);
  }
}

/** Keeps a copy, since a block's bytes are valid for the moment only. False if there is no room. */
function hold(held: TimedBlock[], { block, ticks }: TimedBlock): boolean {
  if (held.length >= MOST_HELD || block.bytes.length > LARGEST_HELD) {
    return false;
  }
  held.push({ block: { ...block, bytes: Buffer.from(block.bytes), frame: NOTHING }, ticks });
  return true;
}
