/**
 * Writes Clusters of our own for media whose Clusters are not fragments: of unknown size, as the AWS producer SDK
 * writes them, with each block's time recalculated.
 */
import {
  DEFAULT_TIMECODE_SCALE,
  ID,
  UNKNOWN_SIZE_1,
  children,
  element,
  elementAt,
  groupChildInMs,
  idBytes,
  infoInMs,
  unsigned,
  type Element,
} from '../media';
import { LONGEST_FRAGMENT_MS } from './limits';
import type { Block, Header } from './matroska-parts';

/** A block's time within its Cluster is a signed 16-bit number. */
const MOST_TICKS = 0x7fff;

export class OwnClusters {
  /** ns per tick of what is written. */
  readonly timecodeScale: number;
  /** What comes before the first Cluster, for that scale. */
  readonly header: Header;
  readonly #sourceScale: number;

  constructor(header: Header) {
    const { timecodeScale } = header;
    const isTooFine = MOST_TICKS * timecodeScale < LONGEST_FRAGMENT_MS * DEFAULT_TIMECODE_SCALE;
    this.#sourceScale = timecodeScale;
    this.timecodeScale = isTooFine ? DEFAULT_TIMECODE_SCALE : timecodeScale;
    this.header = isTooFine ? inMilliseconds(header) : header;
  }

  /** A time in the source's ticks, in those of what is written. */
  ticks(sourceTicks: number): number {
    return this.#isAsItWas ? sourceTicks : Math.round((sourceTicks * this.#sourceScale) / this.timecodeScale);
  }

  /** Whether a block may be so far from its Cluster's time. */
  reaches(ticks: number): boolean {
    return Math.abs(ticks) <= MOST_TICKS;
  }

  head(ticks: number): Buffer {
    return Buffer.concat([idBytes(ID.Cluster), UNKNOWN_SIZE_1, unsigned(ID.Timecode, ticks)]);
  }

  /** The block with its time relative to a Cluster of ours. */
  block({ bytes, ticksAt }: Block, ticks: number): Buffer {
    const copy = Buffer.from(bytes);
    copy.writeInt16BE(Math.max(-0x8000, Math.min(MOST_TICKS, ticks)), ticksAt);
    const group = this.#isAsItWas ? undefined : elementAt(copy, 0, copy.length);
    return group?.id === ID.BlockGroup ? this.#group(copy, group) : copy;
  }

  get #isAsItWas(): boolean {
    return this.timecodeScale === this.#sourceScale;
  }

  /** Durations and references in it count ticks too. */
  #group(bytes: Buffer, group: Element): Buffer {
    const msPerTick = this.#sourceScale / DEFAULT_TIMECODE_SCALE;
    return element(
      ID.BlockGroup,
      Buffer.concat([...children(bytes, group)].map((part) => groupChildInMs(bytes, part, msPerTick))),
    );
  }
}

function inMilliseconds(header: Header): Header {
  return {
    ...header,
    timecodeScale: DEFAULT_TIMECODE_SCALE,
    children: header.children.map((child) => {
      const info = child.id === ID.Info ? elementAt(child.bytes, 0, child.bytes.length) : undefined;
      return info === undefined
        ? child
        : { id: child.id, bytes: infoInMs(child.bytes, info, header.timecodeScale) };
    }),
  };
}
