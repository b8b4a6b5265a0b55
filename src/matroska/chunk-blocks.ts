/** The blocks of the open chunk: takes them out of the input as they become complete, alone or within their groups. */
import { MAX_BLOCK_HEADER_BYTES } from './block';
import { BlockGroup } from './block-group';
import { BlockReader } from './block-reader';
import { READ } from './ebml';
import type { OpenChunk } from './open-chunk';
import type { ChunkMemory } from './chunk-memory';
import type { ElementScanner } from './element-scanner';
import type { ReaderEvents } from './events';
import { BLOCK, SIMPLE_BLOCK } from './ids';
import type { ByteWindow } from './byte-window';
import type { Limits } from './limits';
import { Violation } from './violations';

const EMPTY: Buffer = Buffer.allocUnsafeSlow(0);

export class ChunkBlocks {
  readonly #blocks: BlockReader;
  readonly #group = new BlockGroup();
  /** Offset of the frame of the current block, where its header has been read before the rest of it has come. */
  #frameStart: number | undefined;

  constructor(
    events: ReaderEvents,
    private readonly input: ByteWindow,
    private readonly memory: ChunkMemory,
    private readonly limits: Limits,
  ) {
    this.#blocks = new BlockReader(events, memory);
  }

  /** Offset of the current BlockGroup. */
  get groupStart(): number {
    return this.#group.start;
  }

  /** A BlockGroup begins. */
  startGroup({ start, contentStart }: ElementScanner): void {
    this.#group.begin(start, contentStart);
  }

  /** The group's frames depend on other ones. */
  addReference(): void {
    this.#group.isKeyframe = false;
  }

  /** @param ticks that the group's frames last */
  setDuration(ticks: number): void {
    this.#group.duration = ticks;
  }

  /**
   * The current element is a block of which the input has a part. Reads its header, where it has one frame and the
   * header has come: the frame's bytes then need nothing before them. Gives the offset from which on they are needed.
   *
   * @param keepsAll whether all of the chunk is kept
   */
  begin(
    chunk: OpenChunk,
    { id, start, contentStart, contentEnd }: ElementScanner,
    keepsAll: boolean,
  ): number {
    if (this.#frameStart === undefined && id === SIMPLE_BLOCK) {
      const { header } = this.#blocks;
      const end = Math.min(this.input.received, contentEnd, contentStart + MAX_BLOCK_HEADER_BYTES);
      const bytes = this.input.around(contentStart, end);
      const offset = this.input.aroundStart(contentStart);
      const isRead = header.read(bytes, contentStart - offset, end - offset) === READ;
      if (isRead && !header.laced && chunk.frames < this.limits.frames) {
        this.#frameStart = contentStart + header.length;
      }
    }
    const frameStart = this.#frameStart;
    this.memory.expectFrame(keepsAll || frameStart === undefined ? undefined : contentEnd - frameStart);
    return frameStart ?? start;
  }

  /** The last byte of a SimpleBlock or Block has come. Gives the violation that it is, if it is one. */
  take(chunk: OpenChunk, { id, contentStart, contentEnd }: ElementScanner): Violation {
    const frameStart = this.#frameStart;
    if (frameStart !== undefined) {
      this.#frameStart = undefined;
      const bytes = this.#blocks.wantsFrames ? this.input.around(frameStart, contentEnd) : EMPTY;
      const offset = this.input.aroundStart(frameStart);
      this.#blocks.finishFrame(chunk, bytes, frameStart - offset, contentEnd - offset);
      this.memory.endFrame();
      return Violation.NONE;
    }
    const { header } = this.#blocks;
    const block = this.input.bytes(contentStart, contentEnd);
    if (header.read(block, 0, block.length) !== READ) {
      return Violation.UNREADABLE_BLOCK;
    }
    if (chunk.frames + header.frames > this.limits.frames) {
      return Violation.TOO_MANY_FRAMES;
    }
    if (id === BLOCK) {
      // Whether it is a key frame, and how long it lasts, may stand after it in the group.
      this.#group.blockStart = contentStart;
      this.#group.blockEnd = contentEnd;
      return Violation.NONE;
    }
    return this.#blocks.finishSimpleBlock(chunk, block) ? Violation.NONE : Violation.LACED_FRAMES_DO_NOT_FILL;
  }

  /**
   * A BlockGroup with a Block ends. Gives the violation that it is, if it is one.
   *
   * @param end offset of its end
   */
  takeGroup(chunk: OpenChunk, end: number): Violation {
    const group = this.#group;
    const { contentStart, blockStart, blockEnd } = group;
    const isRead = this.#blocks.wantsFrames || this.#blocks.header.laced;
    const content = isRead ? this.input.bytes(contentStart, end) : EMPTY;
    const block = content.subarray(blockStart - contentStart, blockEnd - contentStart);
    return this.#blocks.finishGroup(chunk, group, content, block)
      ? Violation.NONE
      : Violation.LACED_FRAMES_DO_NOT_FILL;
  }

  /**
   * Takes the plain blocks that come next, and gives their number.
   *
   * @param end offset up to which a block may reach
   * @param maxBlocks so many at most
   */
  takePlain(chunk: OpenChunk, end: number, maxBlocks: number): number {
    const { slice, base, pos } = this.input;
    const { frames } = chunk;
    this.input.pos = this.#blocks.readPlain(
      slice,
      pos,
      Math.min(slice.length, end - base),
      chunk,
      Math.min(maxBlocks, this.limits.frames - frames),
    );
    return chunk.frames - frames;
  }

  /** Whether to take no further plain block for now. */
  suspend(suspended: boolean): void {
    this.#blocks.suspend(suspended);
  }

  /** Reports no further frame. */
  stop(): void {
    this.#blocks.stop();
  }
}
