/** Makes fragments that begin at key frames, whatever the Clusters of the media. */
import { ID } from '../media';
import type { FragmentWriter } from './fragment-writer';
import { KeyFrameCut } from './key-frame-cut';
import type { Block, Header } from './matroska-parts';
import type { SplitterHandler } from './matroska-splitter';
import { OwnClusters } from './own-clusters';

/** What a header gives: how fragments are written, and where they begin. */
interface Cutting {
  readonly own: OwnClusters;
  readonly cut: KeyFrameCut;
}

export class KeyFrameFragmenter implements SplitterHandler {
  readonly #writer: FragmentWriter;
  #cutting: Cutting | undefined;
  #clusterTicks = 0;
  #previousTicks = -1;

  constructor(writer: FragmentWriter) {
    this.#writer = writer;
  }

  /** Bytes held back for the next picture. */
  get heldBytes(): number {
    return this.#cutting?.cut.heldBytes ?? 0;
  }

  header(header: Header): void {
    const own = new OwnClusters(header);
    const change = this.#writer.useHeader(own.header);
    if (change === 'changed') {
      this.#writer.restart();
      this.#previousTicks = -1;
    }
    // A recorded response repeats its header in every chunk, and its media continue all the same.
    const former = change === 'same' ? this.#cutting?.cut : undefined;
    this.#cutting = { own, cut: former ?? this.#newCut(own) };
  }

  cluster(): void {
    // Fragments have Clusters of their own.
  }

  timecode(ticks: number): void {
    if (ticks < this.#previousTicks) {
      this.#writer.finish();
      this.#writer.restart();
      if (this.#cutting !== undefined) {
        this.#cutting = { ...this.#cutting, cut: this.#newCut(this.#cutting.own) };
      }
    }
    this.#clusterTicks = ticks;
    this.#previousTicks = ticks;
  }

  clusterChild(): void {
    // It belongs to a Cluster that is not kept.
  }

  block(block: Block): void {
    this.#writer.checkTrack(block);
    if (this.#cutting !== undefined) {
      this.#place(block, this.#clusterTicks + block.ticks, this.#cutting);
    }
  }

  trailer(id: number, bytes: Buffer): void {
    // Cues index Clusters that are not kept.
    if (id !== ID.Cues) {
      this.#writer.trailer(bytes);
    }
  }

  clusterEnd(): void {
    // A fragment ends where the next one begins.
  }

  #newCut({ timecodeScale }: OwnClusters): KeyFrameCut {
    return new KeyFrameCut(this.#writer.video, timecodeScale / 1e6);
  }

  /** Puts a block into the fragment to which it belongs. */
  #place(block: Block, sourceTicks: number, { own, cut }: Cutting): void {
    const writer = this.#writer;
    const ticks = own.ticks(sourceTicks);
    const { begins, blocks } = cut.place(block, ticks, writer.open?.ticks);
    if (blocks.length === 0) {
      return;
    }
    const length = blocks.reduce((sum, one) => sum + one.block.bytes.length, 0);
    let { open } = writer;
    if (open === undefined || begins || !own.reaches(ticks - open.ticks) || !open.hasRoomFor(length)) {
      writer.finish();
      const begin = Math.max(0, Math.min(...blocks.map((one) => one.ticks)));
      open = writer.begin(begin, own.head(begin));
    }
    for (const one of blocks) {
      open.grow(own.block(one.block, one.ticks - open.ticks));
    }
    writer.measure(open, block, ticks);
  }
}
