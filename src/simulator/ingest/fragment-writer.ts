/** Writes what a producer sends into fragments of its stream: numbers, stamps and acknowledges them. */
import type { Clock } from '../../clock';
import { mediaTypeOf, type SourceTrack } from '../media';
import type { SimulatedStream } from '../streams';
import type { Acknowledgement, EventType } from './acknowledgement';
import { IngestError } from './ingest-error';
import { MOST_TRACKS } from './limits';
import type { Block, Header } from './matroska-parts';
import { OpenFragment } from './open-fragment';
import { ProducerTime, type TimeSettings } from './producer-time';
import { isServiceTags, repeatedHeader } from './repeated-header';

export interface FragmentWriterOptions {
  readonly stream: SimulatedStream;
  readonly clock: Clock;
  readonly time: TimeSettings;
  readonly acknowledge: (acknowledgement: Acknowledgement) => void;
  /** Called before a fragment is begun. */
  readonly onBegin: () => void;
}

/** Trailers that come after their fragment has ended are kept for the next one, the last few only. */
const MOST_LATE = 10;

export class FragmentWriter {
  readonly #options: FragmentWriterOptions;
  readonly #time: ProducerTime;
  #tracks: readonly SourceTrack[] | undefined;
  /** The Segment's head and all before the first Cluster, as each chunk repeats it. */
  #lead: Buffer = Buffer.alloc(0);
  #countedLead: Buffer | undefined;
  /** ns per tick of the fragments' Clusters. */
  #scale = 1_000_000;
  #open: OpenFragment | undefined;
  /** The open fragment can end, unless something that belongs to it follows at once. */
  #canEnd = false;
  #late: Buffer[] = [];

  constructor(options: FragmentWriterOptions) {
    this.#options = options;
    this.#time = new ProducerTime(options.time, options.clock);
    this.#beginSession();
  }

  /** The fragment under way. */
  get open(): OpenFragment | undefined {
    return this.#open;
  }

  /** The fragment under way, for acknowledgements. */
  get about(): Pick<Acknowledgement, 'FragmentTimecode' | 'FragmentNumber'> {
    const open = this.#open;
    return open === undefined
      ? {}
      : { FragmentTimecode: this.ms(open.ticks), FragmentNumber: open.FragmentNumber };
  }

  /** The first video track: its frames tell a fragment's length. */
  get video(): SourceTrack | undefined {
    return this.#tracks?.find(({ type }) => type === 'video');
  }

  /** A time in ticks of the fragments' Clusters, in ms. */
  ms(ticks: number): number {
    return Math.round((ticks * this.#scale) / 1e6);
  }

  /**
   * Ends the open fragment and takes the header that the next ones repeat.
   *
   * @throws {IngestError} 4012
   */
  useHeader(header: Header): 'first' | 'same' | 'changed' {
    const { stream } = this.#options;
    const { tracks } = header;
    if (tracks.length > MOST_TRACKS) {
      throw new IngestError(
        4012,
        `There are ${tracks.length} tracks; the service takes ${MOST_TRACKS}. With ffmpeg, choose them: -map 0:v:0 -map 0:a:0.`,
      );
    }
    this.finish();
    const isFirst = this.#tracks === undefined;
    const lead = repeatedHeader(header);
    const isSame = lead.equals(this.#lead);
    this.#tracks = tracks;
    this.#scale = header.timecodeScale;
    stream.details = { ...stream.details, mediaType: mediaTypeOf(tracks) };
    if (!isSame) {
      this.#lead = lead;
    }
    return isFirst ? 'first' : isSame ? 'same' : 'changed';
  }

  /** @throws {IngestError} 4010 */
  checkTrack({ track }: Block): void {
    if (this.#tracks?.some(({ number }) => number === track) !== true) {
      throw new IngestError(4010, `A block is of track ${track}, which the header does not have.`);
    }
  }

  /** Begins a fragment. @throws {IngestError} 4007, 4009 */
  begin(ticks: number, clusterHead: Buffer): OpenFragment {
    const { stream, clock, onBegin } = this.#options;
    onBegin();
    const open = new OpenFragment(stream, {
      ...{ ticks, clusterHead },
      lead: this.#lead,
      ProducerTimestamp: this.#time.at(this.ms(ticks)),
      ServerTimestamp: Math.round(clock.now()),
    });
    this.#open = open;
    if (this.#countedLead !== this.#lead) {
      this.#countedLead = this.#lead;
      stream.keep(open.fragment, this.#lead.length);
    }
    for (const bytes of this.#late.splice(0)) {
      this.#addTrailer(open, bytes);
    }
    this.#acknowledge('BUFFERING');
    return open;
  }

  /** Counts a block of the open fragment towards its length. @param ticks its absolute time */
  measure(open: OpenFragment, block: Block, ticks: number): void {
    const { video } = this;
    if (video === undefined || block.track === video.number) {
      open.measure(this.ms(ticks));
    }
  }

  /** Adds what follows the Cluster, except for tags of the service's own. @throws {IngestError} 4009 */
  trailer(bytes: Buffer): void {
    if (isServiceTags(bytes)) {
      return;
    }
    const open = this.#open;
    if (open === undefined) {
      // It arrived after its fragment had ended; it is added to the next one so that it is not lost.
      this.#late = [...this.#late.slice(1 - MOST_LATE), Buffer.from(bytes)];
      return;
    }
    this.#addTrailer(open, bytes);
  }

  /** The open fragment has all its blocks: it ends with the next `rest`. */
  allowEnd(): void {
    this.#canEnd = true;
  }

  /** Nothing is on its way that could belong to the open fragment. */
  rest(): void {
    if (this.#canEnd) {
      this.finish();
    }
  }

  /** Ends the open fragment, if there is one. */
  finish(): void {
    this.#canEnd = false;
    const open = this.#open;
    if (open === undefined) {
      return;
    }
    open.finish();
    this.#time.reached((open.fragment.ProducerTimestamp ?? 0) + open.fragment.durationMs);
    this.#acknowledge('RECEIVED');
    if (this.#options.stream.details.retentionMs > 0) {
      this.#acknowledge('PERSISTED');
    }
    this.#open = undefined;
  }

  /** The producer is gone, or has sent what cannot be taken: the open fragment is lost. */
  abandon(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined) {
      this.#options.stream.drop(open.fragment);
    }
  }

  /** The media's times begin anew: a new producer session. */
  restart(): void {
    this.#time.restart();
    this.#beginSession();
  }

  #beginSession(): void {
    const { stream } = this.#options;
    if (stream.nextPosition > 0) {
      stream.numbers.startSession();
    }
  }

  #addTrailer(open: OpenFragment, bytes: Buffer): void {
    if (!open.addTrailer(bytes)) {
      // It cannot be complete without them.
      this.#canEnd = false;
      throw new IngestError(4009, 'A fragment has more tags than it may have.');
    }
  }

  #acknowledge(EventType: EventType): void {
    this.#options.acknowledge({ EventType, ...this.about });
  }
}
