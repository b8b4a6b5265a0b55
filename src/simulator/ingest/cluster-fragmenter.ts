/** Makes each Cluster a fragment, byte for byte, and refuses what the service refuses. */
import type { FragmentWriter } from './fragment-writer';
import { IngestError } from './ingest-error';
import { LONGEST_FRAGMENT_MS } from './limits';
import type { Block, Header } from './matroska-parts';
import type { SplitterHandler } from './matroska-splitter';

/** Elements of a Cluster before its Timecode: a checksum, perhaps a Void. */
const MOST_EARLY = 4;

export class ClusterFragmenter implements SplitterHandler {
  /** No block is held back. */
  readonly heldBytes = 0;
  readonly #writer: FragmentWriter;
  #hasHeader = false;
  #clusterHead: Buffer = Buffer.alloc(0);
  /** Children of the Cluster that came before its Timecode. */
  #early: Buffer[] = [];
  #clusterTicks = 0;
  #previousTicks = -1;

  constructor(writer: FragmentWriter) {
    this.#writer = writer;
  }

  header(header: Header): void {
    if (this.#hasHeader) {
      throw new IngestError(4006, 'There is more than one Segment; the service takes one for each PutMedia.');
    }
    this.#hasHeader = true;
    this.#writer.useHeader(header);
  }

  cluster(head: Buffer): void {
    this.#clusterHead = Buffer.from(head);
    this.#early = [];
    this.#writer.finish();
  }

  timecode(ticks: number, bytes: Buffer): void {
    if (ticks < this.#previousTicks) {
      throw new IngestError(4004, 'A Cluster begins before the one that was sent before it.');
    }
    this.#clusterTicks = ticks;
    this.#previousTicks = ticks;
    const open = this.#writer.begin(ticks, this.#clusterHead);
    for (const part of [...this.#early, bytes]) {
      open.grow(part);
    }
  }

  clusterChild(bytes: Buffer): void {
    const { open } = this.#writer;
    if (open !== undefined) {
      open.grow(bytes);
      return;
    }
    if (this.#early.length >= MOST_EARLY) {
      throw new IngestError(4006, 'A Cluster does not begin with its Timecode.');
    }
    this.#early.push(Buffer.from(bytes));
  }

  block(block: Block): void {
    const writer = this.#writer;
    writer.checkTrack(block);
    const { open } = writer;
    if (open === undefined) {
      return;
    }
    const ticks = this.#clusterTicks + block.ticks;
    if (writer.ms(ticks - open.ticks) > LONGEST_FRAGMENT_MS) {
      throw new IngestError(4002, `A fragment spans more than ${LONGEST_FRAGMENT_MS / 1000} s.`);
    }
    open.grow(block.bytes);
    writer.measure(open, block, ticks);
  }

  trailer(_id: number, bytes: Buffer): void {
    this.#writer.trailer(bytes);
  }

  clusterEnd(): void {
    this.#writer.allowEnd();
  }
}
