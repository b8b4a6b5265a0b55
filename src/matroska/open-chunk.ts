/** What has been read of one chunk: its tags, tracks, times and counts. Gives its head and the chunk, complete or truncated. */
import { FRAGMENT_NUMBER_PATTERN } from '../options';
import type { ServiceTag } from './service-tags';
import { MOST_LEFT_OUT_NAMED, parseInteger, parseSeconds, type ElementTags, type ServiceValue } from './tags';
import type { Chunk, ChunkHead, TruncatedChunk, LeftOutTag, Tags, Track } from './types';

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

export const DEFAULT_TIMESTAMP_SCALE = 1_000_000;
const NANOSECONDS_PER_MS = 1e6;
const NO_TRACKS: readonly Track[] = [];
const NO_TAGS: Tags = new Map();

/** What has been read of the chunk that is arriving. */
export class OpenChunk {
  hasCluster = false;
  /**
   * A closing tag has come, MillisBehindNow or ContinuationToken, so that the chunk counts even if no more of it
   * follows.
   */
  hasClosingTag = false;
  frames = 0;
  #videoFrames = 0;
  tracks: readonly Track[] = NO_TRACKS;
  /** ns per tick (TimestampScale). */
  scale = DEFAULT_TIMESTAMP_SCALE;
  FragmentNumber: string | undefined;

  #head: ChunkHead | undefined;
  #before: Map<string, string[]> | undefined;
  #after: Map<string, string[]> | undefined;
  #leftOut: LeftOutTag[] | undefined;
  #leftOutCount = 0;
  #ServerTimestamp: number | undefined;
  #ProducerTimestamp: number | undefined;
  #MillisBehindNow: number | undefined;
  #ContinuationToken: string | undefined;
  /** Timestamp of the first cluster, in ticks. */
  #firstCluster: bigint | undefined;
  /** Time of the current cluster after the first one, ms. */
  #clusterMs = 0;
  #firstMs = Infinity;
  #lastMs = -Infinity;

  constructor(
    /** Byte offset in the response. */
    readonly offset: number,
  ) {}

  /** Has the last possible closing tag come? */
  get hasContinuationToken(): boolean {
    return this.#ContinuationToken !== undefined;
  }

  /**
   * Takes the tags of one Tags element. Before the Cluster, the service's own are the last ones; after it, what a
   * producer's tags may copy of them does not count. Closing tags are looked for after the Cluster, or, in a chunk
   * without one, after the tags with the fragment number: a producer that replays a recording sends them in its header.
   */
  addTags({ tags, service, leftOut, leftOutCount }: ElementTags): void {
    for (const { name, value } of tags) {
      const side = this.hasCluster ? (this.#after ??= newSide()) : (this.#before ??= newSide());
      collect(side, name, value);
    }
    if (leftOutCount > 0) {
      this.#leftOut = [...(this.#leftOut ?? []), ...leftOut].slice(0, MOST_LEFT_OUT_NAMED);
      this.#leftOutCount += leftOutCount;
    }
    const closes = this.hasCluster || (this.FragmentNumber !== undefined && !service.some(isFragmentNumber));
    for (const { service: what, value } of service) {
      this.#addServiceTag(what, value, closes);
    }
  }

  #addServiceTag(what: ServiceTag, value: string, closes: boolean): void {
    switch (what) {
      case 'FragmentNumber':
        this.FragmentNumber = this.#choose(
          this.FragmentNumber,
          // What is not one could not be compared nor asked for.
          FRAGMENT_NUMBER_PATTERN.test(value) ? value : undefined,
        );
        break;
      case 'ServerTimestamp':
        this.#ServerTimestamp = this.#choose(this.#ServerTimestamp, parseSeconds(value));
        break;
      case 'ProducerTimestamp':
        this.#ProducerTimestamp = this.#choose(this.#ProducerTimestamp, parseSeconds(value));
        break;
      case 'MillisBehindNow':
        if (closes) {
          this.hasClosingTag = true;
          this.#MillisBehindNow = parseInteger(value);
        }
        break;
      case 'ContinuationToken':
        if (closes) {
          this.hasClosingTag = true;
          this.#ContinuationToken = value;
        }
        break;
      default:
    }
  }

  /** @param timestamp of the cluster that has begun, in ticks; above 2^53 for a scale of 100 ns and absolute times */
  startCluster(timestamp: bigint): void {
    if (this.#firstCluster === undefined) {
      this.#firstCluster = timestamp;
    } else {
      this.#clusterMs = this.toMs(Number(timestamp - this.#firstCluster));
    }
  }

  /** The time of a block, in ms from the chunk's first cluster. */
  blockMs(timecode: number): number {
    return this.#clusterMs + this.toMs(timecode);
  }

  toMs(ticks: number): number {
    return (ticks * this.scale) / NANOSECONDS_PER_MS;
  }

  count(frames: number, startMs: number, endMs: number, type: Track['type']): void {
    this.frames += frames;
    if (type === 'video') {
      this.#videoFrames += frames;
    }
    if (startMs < this.#firstMs) {
      this.#firstMs = startMs;
    }
    if (endMs > this.#lastMs) {
      this.#lastMs = endMs;
    }
  }

  /** Its first Cluster begins: what is known now is the head. */
  startMedia(): ChunkHead {
    this.#head = this.#toHead();
    this.hasCluster = true;
    return this.#head;
  }

  /** What was known before its Cluster; without one, what is known. */
  head(): ChunkHead {
    return this.#head ?? this.#toHead();
  }

  /** @param lacksOnlyClosingTags whether it ends with a whole element */
  toTruncated(sizeInBytes: number, lacksOnlyClosingTags: boolean): TruncatedChunk {
    const { hasCluster, frames } = this;
    return { head: this.head(), hasCluster, sizeInBytes, frames, lacksOnlyClosingTags };
  }

  toChunk(data: Buffer, sizeInBytes: number): Chunk {
    const chunk: Writable<Chunk> = {
      offset: this.offset,
      tags: merged(this.#before, this.#after),
      tracks: this.tracks,
      data,
      sizeInBytes,
      hasCluster: this.hasCluster,
      frames: this.frames,
      videoFrames: this.#videoFrames,
      lengthMs: this.frames === 0 ? 0 : Math.round(this.#lastMs - this.#firstMs),
    };
    this.#name(chunk);
    if (this.#leftOut !== undefined) {
      chunk.tagsLeftOut = { count: this.#leftOutCount, named: this.#leftOut };
    }
    if (this.#ContinuationToken !== undefined && this.#ContinuationToken !== '') {
      chunk.ContinuationToken = this.#ContinuationToken;
    }
    if (this.#MillisBehindNow !== undefined) {
      chunk.MillisBehindNow = this.#MillisBehindNow;
    }
    return chunk;
  }

  #choose<Value>(had: Value | undefined, came: Value | undefined): Value | undefined {
    return this.hasCluster ? (had ?? came) : (came ?? had);
  }

  #toHead(): ChunkHead {
    const head: Writable<ChunkHead> = {
      offset: this.offset,
      tags: this.#before ?? NO_TAGS,
      tracks: this.tracks,
    };
    this.#name(head);
    return head;
  }

  /** Adds what the service's tags say, where they came. */
  #name(head: Writable<ChunkHead>): void {
    if (this.FragmentNumber !== undefined) {
      head.FragmentNumber = this.FragmentNumber;
    }
    if (this.#ServerTimestamp !== undefined) {
      head.ServerTimestamp = this.#ServerTimestamp;
    }
    if (this.#ProducerTimestamp !== undefined) {
      head.ProducerTimestamp = this.#ProducerTimestamp;
    }
  }
}

function isFragmentNumber({ service }: ServiceValue): boolean {
  return service === 'FragmentNumber';
}

function newSide(): Map<string, string[]> {
  return new Map();
}

function collect(side: Map<string, string[]>, name: string, value: string): void {
  const values = side.get(name);
  if (values === undefined) {
    side.set(name, [value]);
  } else {
    values.push(value);
  }
}

/** Tags after the cluster are the fragment's own and replace what the header, replayed in every chunk, says. */
function merged(before: Tags = NO_TAGS, after: Tags = NO_TAGS): Tags {
  return after.size === 0 ? before : new Map([...before, ...after]);
}
