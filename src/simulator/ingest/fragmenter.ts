/** Cuts what a producer sends into fragments of a stream, numbers and stamps them. */
import type { Clock } from '../../clock';
import type { SourceTrack } from '../media/demuxer';
import { ID } from '../media/ebml-reader';
import { mediaTypeOf } from '../media/playable';
import type { SimulatedStream } from '../streams/stream';
import type { Acknowledgement, EventType } from './acknowledgement';
import { IngestError } from './ingest-error';
import { KeyFrameCut, type CutAt } from './key-frame-cut';
import { LONGEST_FRAGMENT_MS, MOST_TRACKS } from './limits';
import type { Block, Header } from './matroska-parts';
import type { SplitterHandler } from './matroska-splitter';
import { OpenFragment } from './open-fragment';
import { OwnClusters } from './own-clusters';
import { ProducerTime, type TimeSettings } from './producer-time';
import { leadOf, ofTheService } from './service-owned';

export interface FragmenterOptions {
  readonly stream: SimulatedStream;
  readonly clock: Clock;
  readonly cutAt: CutAt;
  readonly time: TimeSettings;
  readonly acknowledge: (acknowledgement: Acknowledgement) => void;
  /** Called before a fragment is begun. */
  readonly onBegin: () => void;
}

/** Elements of a Cluster before its Timecode: a checksum, perhaps a Void. */
const MOST_EARLY = 4;

export class Fragmenter implements SplitterHandler {
  readonly #options: FragmenterOptions;
  readonly #time: ProducerTime;
  #header: Header | undefined;
  /** The Segment's head and all before the first Cluster, as each chunk repeats it. */
  #lead: Buffer = Buffer.alloc(0);
  #countedLead: Buffer | undefined;
  /** ns per tick of the fragments' Clusters. */
  #scale = 1_000_000;
  #video: SourceTrack | undefined;
  /** How fragments are written, and where they begin, if they are cut at key frames. */
  #own: OwnClusters | undefined;
  #cut: KeyFrameCut | undefined;
  #open: OpenFragment | undefined;
  #clusterHead: Buffer = Buffer.alloc(0);
  /** Children of the Cluster that came before its Timecode. */
  #early: Buffer[] = [];
  #clusterTicks = 0;
  #previousTicks = -1;
  /** The open fragment can end, unless something that belongs to it follows at once. */
  #ripe = false;
  #late: Buffer[] = [];

  constructor(options: FragmenterOptions) {
    this.#options = options;
    this.#time = new ProducerTime(options.time, options.clock);
    this.#beginSession();
  }

  /** Bytes held back for the next picture. */
  get heldBytes(): number {
    return this.#cut?.heldBytes ?? 0;
  }

  /** The fragment under way, for acknowledgements. */
  get about(): Pick<Acknowledgement, 'FragmentTimecode' | 'FragmentNumber'> {
    const open = this.#open;
    return open === undefined
      ? {}
      : { FragmentTimecode: this.#ms(open.ticks), FragmentNumber: open.FragmentNumber };
  }

  header(header: Header): void {
    const { stream, cutAt } = this.#options;
    const former = this.#header;
    if (former !== undefined && cutAt === 'clusters') {
      throw new IngestError(4006, 'There is more than one Segment; the service takes one for each PutMedia.');
    }
    if (header.tracks.length > MOST_TRACKS) {
      throw new IngestError(
        4012,
        `There are ${header.tracks.length} tracks; the service takes ${MOST_TRACKS}. With ffmpeg, choose them: -map 0:v:0 -map 0:a:0.`,
      );
    }
    this.#finish();
    this.#header = header;
    this.#own = cutAt === 'key-frames' ? new OwnClusters(header) : undefined;
    const formerLead = this.#lead;
    this.#lead = leadOf(this.#own?.header ?? header);
    this.#scale = this.#own?.timecodeScale ?? header.timecodeScale;
    this.#video = header.tracks.find(({ type }) => type === 'video');
    stream.details = { ...stream.details, mediaType: mediaTypeOf(header.tracks) };
    // A recorded response repeats its header in every chunk, and its media continue all the same.
    if (former !== undefined && !this.#lead.equals(formerLead)) {
      this.#restart();
    } else if (former === undefined) {
      this.#newCut();
    } else {
      this.#lead = formerLead;
    }
  }

  cluster(head: Buffer): void {
    this.#clusterHead = Buffer.from(head);
    this.#early = [];
    if (this.#options.cutAt === 'clusters') {
      this.#finish();
    }
  }

  timecode(ticks: number, bytes: Buffer): void {
    if (ticks < this.#previousTicks) {
      if (this.#options.cutAt === 'clusters') {
        throw new IngestError(4004, 'A Cluster begins before the one that was sent before it.');
      }
      this.#finish();
      this.#restart();
    }
    this.#clusterTicks = ticks;
    this.#previousTicks = ticks;
    if (this.#options.cutAt === 'clusters') {
      const open = this.#begin(ticks, this.#clusterHead);
      for (const part of [...this.#early, bytes]) {
        open.grow(part);
      }
    }
  }

  clusterChild(bytes: Buffer): void {
    if (this.#options.cutAt === 'clusters') {
      if (this.#open === undefined) {
        if (this.#early.length >= MOST_EARLY) {
          throw new IngestError(4006, 'A Cluster does not begin with its Timecode.');
        }
        this.#early.push(Buffer.from(bytes));
      } else {
        this.#open.grow(bytes);
      }
    }
  }

  block(block: Block): void {
    const { tracks = [] } = this.#header ?? {};
    if (!tracks.some(({ number }) => number === block.track)) {
      throw new IngestError(4010, `A block is of track ${block.track}, which the header does not have.`);
    }
    const ticks = this.#clusterTicks + block.ticks;
    if (this.#options.cutAt === 'key-frames') {
      this.#place(block, ticks);
      return;
    }
    const open = this.#open;
    if (open !== undefined) {
      if (this.#ms(ticks - open.ticks) > LONGEST_FRAGMENT_MS) {
        throw new IngestError(4002, `A fragment spans more than ${LONGEST_FRAGMENT_MS / 1000} s.`);
      }
      open.grow(block.bytes);
      this.#measure(open, block, ticks);
    }
  }

  trailer(id: number, bytes: Buffer): void {
    if (ofTheService(bytes) || (id === ID.Cues && this.#options.cutAt === 'key-frames')) {
      return;
    }
    const open = this.#open;
    if (open === undefined) {
      // It came so late that its fragment had been ended; it goes with the next one rather than being lost.
      this.#late = [...this.#late.slice(-9), Buffer.from(bytes)];
      return;
    }
    this.#addTrailer(open, bytes);
  }

  clusterEnd(): void {
    this.#ripe = this.#options.cutAt === 'clusters';
  }

  /** Nothing is on its way that could belong to the fragment. */
  rest(): void {
    if (this.#ripe) {
      this.#finish();
    }
  }

  /** The producer has said all it had to say. */
  end(): void {
    this.#finish();
  }

  /** The producer is gone, or has sent what cannot be taken: the fragment under way is lost. */
  abandon(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined) {
      this.#options.stream.drop(open.fragment);
    }
  }

  #beginSession(): void {
    const { stream } = this.#options;
    if (stream.nextPosition > 0) {
      stream.numbers.startSession();
    }
  }

  #restart(): void {
    this.#time.restart();
    this.#previousTicks = -1;
    this.#newCut();
    this.#beginSession();
  }

  #newCut(): void {
    this.#cut = new KeyFrameCut(this.#video, this.#scale / 1e6);
  }

  /** Puts a block where it belongs if fragments are cut at key frames. */
  #place(block: Block, sourceTicks: number): void {
    const [own, cut] = [this.#own, this.#cut];
    if (own === undefined || cut === undefined) {
      return;
    }
    const ticks = own.ticks(sourceTicks);
    const { begins, blocks } = cut.place(block, ticks, this.#open?.ticks);
    if (blocks.length === 0) {
      return;
    }
    const length = blocks.reduce((sum, one) => sum + one.block.bytes.length, 0);
    let open = this.#open;
    if (open === undefined || begins || !own.reaches(ticks - open.ticks) || !open.hasRoomFor(length)) {
      this.#finish();
      const begin = Math.max(0, Math.min(...blocks.map((one) => one.ticks)));
      open = this.#begin(begin, own.head(begin));
    }
    for (const one of blocks) {
      open.grow(own.block(one.block, one.ticks - open.ticks));
    }
    this.#measure(open, block, ticks);
  }

  #begin(ticks: number, clusterHead: Buffer): OpenFragment {
    const { stream, clock, onBegin } = this.#options;
    onBegin();
    const open = new OpenFragment(stream, {
      ...{ ticks, clusterHead },
      lead: this.#lead,
      ProducerTimestamp: this.#time.at(this.#ms(ticks)),
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

  #finish(): void {
    this.#ripe = false;
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

  #addTrailer(open: OpenFragment, bytes: Buffer): void {
    if (!open.addTrailer(bytes)) {
      // It cannot be whole without them.
      this.#ripe = false;
      throw new IngestError(4009, 'A fragment has more tags than it may have.');
    }
  }

  #measure(open: OpenFragment, block: Block, ticks: number): void {
    if (this.#video === undefined || block.track === this.#video.number) {
      open.measure(this.#ms(ticks));
    }
  }

  #ms(ticks: number): number {
    return Math.round((ticks * this.#scale) / 1e6);
  }

  #acknowledge(EventType: EventType): void {
    this.#options.acknowledge({ EventType, ...this.about });
  }
}
