/** Cuts what a producer sends into fragments of a stream, numbers and stamps them. */
import type { Clock } from '../../clock';
import { ID } from '../ebml';
import { UNKNOWN_SIZE_1, UNKNOWN_SIZE_8, idBytes, unsigned } from '../elements';
import { mediaTypeOf } from '../playable';
import type { SimulatedStream } from '../stream';
import type { Acknowledgement, EventType } from './acknowledgement';
import { IngestError } from './ingest-error';
import type { Block, Header } from './matroska-parts';
import type { SplitterHandler } from './matroska-splitter';
import { OpenFragment } from './open-fragment';
import { ProducerTime, type TimeSettings } from './producer-time';
import { ofTheService } from './service-owned';

/**
 * `clusters`: one Cluster is one fragment and passes through byte for byte, as the service has it; what the service
 * refuses is refused. `key-frames`: whatever the Clusters, a fragment begins at a key frame of the first video track
 * (without video: every two seconds), in a Cluster of its own; where the service would refuse, a new session begins.
 */
export type CutAt = 'clusters' | 'key-frames';

export interface FragmenterOptions {
  readonly stream: SimulatedStream;
  readonly clock: Clock;
  readonly cutAt: CutAt;
  readonly time: TimeSettings;
  readonly acknowledge: (acknowledgement: Acknowledgement) => void;
  /** Called before a fragment is begun. */
  readonly onBegin: () => void;
}

/** The service's limits. */
const LONGEST_FRAGMENT_MS = 20_000;
const MOST_TRACKS = 3;
/** No shorter than this where fragments are cut at key frames, since the service takes five a second. */
const SHORTEST_CUT_MS = 500;
/** Elements of a Cluster before its Timecode: a checksum, perhaps a Void. */
const MOST_EARLY = 4;
const AUDIO_CUT_MS = 2000;
const MOST_HELD = 64;
const LARGEST_HELD = 16 * 1024;
/** Media without a single key frame is let through after this long. */
const NO_KEY_FRAME_MS = 5000;

export class Fragmenter implements SplitterHandler {
  readonly #options: FragmenterOptions;
  readonly #time: ProducerTime;
  #header: Header | undefined;
  /** The Segment's head and all before the first Cluster, as each chunk repeats it. */
  #lead: Buffer = Buffer.alloc(0);
  #video: number | undefined;
  #open: OpenFragment | undefined;
  #clusterHead: Buffer = Buffer.alloc(0);
  /** Children of the Cluster that came before its Timecode. */
  #early: Buffer[] = [];
  #clusterTicks = 0;
  #previousTicks = -1;
  /** The open fragment can end, unless something that belongs to it follows at once. */
  #ripe = false;
  #firstSeenTicks: number | undefined;
  #late: Buffer[] = [];
  /** Blocks of other tracks that came before the first video. */
  #held: { readonly block: Block; readonly ticks: number }[] = [];
  #sawVideo = false;

  constructor(options: FragmenterOptions) {
    this.#options = options;
    this.#time = new ProducerTime(options.time, options.clock);
    this.#beginSession();
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
    this.#lead = leadOf(header);
    this.#video = header.tracks.find(({ type }) => type === 'video')?.number;
    stream.details = { ...stream.details, mediaType: mediaTypeOf(header.tracks) };
    // A recorded response repeats its header in every chunk and goes on all the same.
    if (former !== undefined && !this.#lead.equals(leadOf(former))) {
      this.#restart();
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
    const open = this.#options.cutAt === 'clusters' ? this.#open : this.#place(block, ticks);
    if (open === undefined) {
      return;
    }
    const sinceBegin = this.#ms(ticks - open.ticks);
    if (sinceBegin > LONGEST_FRAGMENT_MS) {
      throw new IngestError(4002, `A fragment spans more than ${LONGEST_FRAGMENT_MS / 1000} s.`);
    }
    this.#add(open, block, ticks);
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
    this.#firstSeenTicks = undefined;
    this.#held = [];
    this.#sawVideo = false;
    this.#beginSession();
  }

  /** Where a block goes if fragments are cut at key frames; undefined: nowhere. */
  #place(block: Block, ticks: number): OpenFragment | undefined {
    const open = this.#open;
    const isVideo = block.track === this.#video;
    if (open === undefined) {
      this.#firstSeenTicks ??= ticks;
      const waited = this.#ms(ticks - this.#firstSeenTicks);
      if (this.#video !== undefined && !(isVideo && block.keyframe) && waited <= NO_KEY_FRAME_MS) {
        this.#hold(block, ticks, isVideo);
        return undefined;
      }
      const held = this.#held.splice(0);
      const begun = this.#beginOwn(Math.min(ticks, ...held.map((earlier) => earlier.ticks)));
      for (const earlier of held) {
        this.#add(begun, earlier.block, earlier.ticks);
      }
      return begun;
    }
    const elapsed = this.#ms(ticks - open.ticks);
    const cut =
      this.#video === undefined
        ? elapsed >= AUDIO_CUT_MS
        : isVideo && block.keyframe && elapsed >= SHORTEST_CUT_MS;
    const full =
      elapsed > LONGEST_FRAGMENT_MS ||
      Math.abs(ticks - open.ticks) > 0x7fff ||
      !open.hasRoomFor(block.bytes.length);
    if (!cut && !full) {
      return open;
    }
    this.#finish();
    return this.#beginOwn(ticks);
  }

  /** A Cluster of our own, of unknown size, as the AWS producer SDK writes it. */
  #beginOwn(ticks: number): OpenFragment {
    const begin = Math.max(0, ticks);
    return this.#begin(
      begin,
      Buffer.concat([idBytes(ID.Cluster), UNKNOWN_SIZE_1, unsigned(ID.Timecode, begin)]),
    );
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
    open.fragment.finish();
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

  #add(open: OpenFragment, block: Block, ticks: number): void {
    open.grow(this.#options.cutAt === 'clusters' ? block.bytes : moved(block, ticks - open.ticks));
    if (this.#video === undefined || block.track === this.#video) {
      open.measure(this.#ms(ticks));
    }
  }

  /** Sound that comes before the first picture belongs to it; behind a picture that cannot be shown, it is left out too. */
  #hold(block: Block, ticks: number, isVideo: boolean): void {
    if (isVideo) {
      this.#sawVideo = true;
      this.#held = [];
    } else if (!this.#sawVideo && this.#held.length < MOST_HELD && block.bytes.length <= LARGEST_HELD) {
      this.#held.push({ block: { ...block, bytes: Buffer.from(block.bytes) }, ticks });
    }
  }

  #ms(ticks: number): number {
    return Math.round((ticks * (this.#header?.timecodeScale ?? 1_000_000)) / 1e6);
  }

  #acknowledge(EventType: EventType): void {
    this.#options.acknowledge({ EventType, ...this.about });
  }
}

/** As in every response of the service: the producer's own bytes, in a Segment of unknown size. */
function leadOf({ ebml, children }: Header): Buffer {
  const kept = children.map(({ bytes }) => bytes).filter((bytes) => !ofTheService(bytes));
  return Buffer.concat([ebml, idBytes(ID.Segment), UNKNOWN_SIZE_8, ...kept]);
}

function moved({ bytes, ticksAt }: Block, ticks: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeInt16BE(Math.max(-0x8000, Math.min(0x7fff, ticks)), ticksAt);
  return copy;
}
