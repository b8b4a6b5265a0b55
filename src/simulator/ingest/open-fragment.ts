/** A fragment that is still coming in: its bytes, its tags and its length, within the service's limits. */
import { frontTags, tailTags } from '../media';
import type { Fragment, SimulatedStream } from '../streams';
import { IngestError } from './ingest-error';

const LARGEST_FRAGMENT = 50 * 1000 * 1000;
const MOST_METADATA = 256 * 1024;

export interface FragmentBeginning {
  /** The Cluster's time. */
  readonly ticks: number;
  readonly ProducerTimestamp: number;
  readonly ServerTimestamp: number;
  /** The Segment's head and all before the first Cluster. */
  readonly lead: Buffer;
  /** The Cluster's own head. */
  readonly clusterHead: Buffer;
}

export class OpenFragment {
  readonly fragment: Fragment;
  readonly FragmentNumber: string;
  /** Its Cluster's time. */
  readonly ticks: number;
  readonly #stream: SimulatedStream;
  readonly #trailer: Buffer[] = [];
  #trailerLength = 0;
  #firstMs: number | undefined;
  #lastMs = -Infinity;
  #frames = 0;

  constructor(stream: SimulatedStream, beginning: FragmentBeginning) {
    const { ticks, ProducerTimestamp, ServerTimestamp, lead, clusterHead } = beginning;
    const FragmentNumber = stream.numbers.next(ServerTimestamp);
    this.#stream = stream;
    this.FragmentNumber = FragmentNumber;
    this.ticks = ticks;
    this.fragment = stream.append({
      ...{ FragmentNumber, ServerTimestamp, ProducerTimestamp },
      durationMs: 0,
      front: () =>
        Buffer.concat([lead, frontTags(FragmentNumber, ServerTimestamp, ProducerTimestamp), clusterHead]),
      producedFrontLength: lead.length + clusterHead.length,
      body: Buffer.alloc(0),
      available: 0,
      trailer: () => Buffer.concat(this.#trailer),
      closing: (millisBehindNow) => tailTags(millisBehindNow, FragmentNumber),
      owned: true,
      pinned: false,
    });
  }

  /** Whether so many bytes more are within the limit. */
  hasRoomFor(length: number): boolean {
    return this.fragment.available + length <= LARGEST_FRAGMENT;
  }

  /** @throws {IngestError} 4001 */
  grow(bytes: Buffer): void {
    if (!this.hasRoomFor(bytes.length)) {
      throw new IngestError(4001, `A fragment has more than ${LARGEST_FRAGMENT / 1e6} MB.`);
    }
    this.#stream.grow(this.fragment, bytes);
  }

  /** Counts a frame of the track that tells its length: the time from its first frame to its last, and one frame more. */
  measure(ms: number): void {
    this.#firstMs ??= ms;
    this.#lastMs = Math.max(this.#lastMs, ms);
    this.#frames++;
    const span = this.#lastMs - this.#firstMs;
    this.fragment.durationMs = Math.round(span + (this.#frames > 1 ? span / (this.#frames - 1) : 0));
  }

  /** Ends it: no more will come. */
  finish(): void {
    this.#stream.finish(this.fragment);
  }

  /** Tags and the like after the Cluster. False: more than a fragment may have. */
  addTrailer(bytes: Buffer): boolean {
    this.#trailerLength += bytes.length;
    const fits = this.#trailerLength <= MOST_METADATA;
    if (fits) {
      this.#trailer.push(Buffer.from(bytes));
      this.#stream.keep(this.fragment, bytes.length);
    }
    return fits;
  }
}
