/**
 * Runs the loop over the slice at hand: what the scanner finds, the grammar judges and the assembler takes; where one of
 * them finds a violation, or a chunk ends, `chunk-boundaries` takes over.
 */
import type { ChunkAssembler } from './chunk-assembler';
import type { ChunkBlocks } from './chunk-blocks';
import { ElementAction, type ChunkGrammar, type Verdict } from './chunk-grammar';
import { Found, type ElementScanner } from './element-scanner';
import type { ReaderEvents } from './events';
import { BLOCK_GROUP, CLUSTER, SEGMENT, TAG, TAGS } from './ids';
import type { ByteWindow } from './byte-window';
import { Level, type Nesting } from './nesting';
import type { ChunkBoundaries } from './chunk-boundaries';
import { Violation } from './violations';

/** So many elements take about a millisecond. */
const ELEMENTS_PER_CALL = 8_192;
/** To begin a chunk in what turns out to be none takes as long as so many elements. */
const ELEMENTS_PER_CHUNK = 16;

export class ChunkParser {
  /** For the content that the scanner skips. */
  #action: ElementAction = ElementAction.SKIP;
  #isSuspended = false;
  /** Elements since the last call of `elements`. */
  #elements = 0;

  constructor(
    private readonly events: Pick<ReaderEvents, 'elements'>,
    private readonly input: ByteWindow,
    private readonly scanner: ElementScanner,
    private readonly nesting: Nesting,
    private readonly grammar: ChunkGrammar,
    private readonly assembler: ChunkAssembler,
    private readonly blocks: ChunkBlocks,
    private readonly boundaries: ChunkBoundaries,
  ) {}

  get hasEnded(): boolean {
    return this.assembler.isStopped;
  }

  /** Whether to stop before the next block or element; the rest of the slice at hand is then the next slice. */
  suspend(suspended: boolean): void {
    this.#isSuspended = suspended;
    this.blocks.suspend(suspended);
  }

  /** Reads the slice at hand. */
  read(): void {
    const { scanner, nesting, assembler } = this;
    while (!assembler.isStopped) {
      if (!scanner.isInContent) {
        if (this.#elements >= ELEMENTS_PER_CALL) {
          const elements = this.#elements;
          this.#elements = 0;
          this.events.elements?.(elements);
          continue;
        }
        if (this.#isSuspended) {
          this.input.split();
          break;
        }
        if (this.boundaries.isSearching && !this.boundaries.find()) {
          break;
        }
        if (nesting.isInCluster && !scanner.isInHeader && !this.#readPlainBlocks()) {
          continue;
        }
      }
      const found = scanner.next(nesting.end);
      if (found === Found.ELEMENT) {
        this.#elements += 1;
        this.#begin(this.grammar.judge(scanner, assembler.start));
      } else if (found === Found.CONTENT) {
        this.#takeContent();
      } else if (found === Found.PARENT_END) {
        this.#leave();
      } else if (found === Found.INVALID) {
        this.boundaries.failAt(scanner.start, Violation.UNREADABLE_ELEMENT, undefined);
      } else {
        break;
      }
    }
    if (scanner.isInContent && nesting.isOutsideMedia && !assembler.isStopped) {
      this.boundaries.searchContent();
    }
    if (!assembler.isStopped) {
      this.input.settle(this.boundaries.isSearching ? Infinity : this.#keepFrom());
    }
  }

  /** Offset of the first byte that is still needed, where the slice at hand is used up. */
  #keepFrom(): number {
    const { input, scanner, nesting, assembler, blocks } = this;
    const { keepsAll } = assembler;
    const isInBlock = nesting.isInCluster && scanner.isInContent;
    const needed = isInBlock ? blocks.begin(assembler.chunk, scanner, keepsAll) : undefined;
    if (keepsAll) {
      // It may have to be joined, and searched where it is damaged.
      return assembler.start;
    }
    if (needed !== undefined) {
      return needed;
    }
    switch (nesting.level) {
      case Level.IN_GROUP:
      case Level.AFTER_BLOCK:
        return blocks.groupStart;
      case Level.IN_TAGS:
      case Level.IN_TAG:
        return assembler.tagsStart;
      default:
        return scanner.isBetweenElements ? input.base + input.pos : scanner.start;
    }
  }

  /** As far as no limit is met: what comes then has to be reported. Gives whether to read on. */
  #readPlainBlocks(): boolean {
    const { limits, maxChunkBytes, elements } = this.grammar;
    const end = Math.min(this.nesting.end, this.assembler.start + maxChunkBytes);
    const taken = this.blocks.takePlain(this.assembler.chunk, end, limits.elements - elements);
    this.grammar.elements += taken;
    this.#elements += taken;
    return !this.#isSuspended && !this.hasEnded;
  }

  /** The header of the current element has been read. */
  #begin(verdict: Verdict): void {
    switch (verdict) {
      case ElementAction.SKIP:
      case ElementAction.SKIP_REFERENCE:
      case ElementAction.COLLECT:
      case ElementAction.TAKE_BLOCK:
        this.#action = verdict;
        this.scanner.awaitContent();
        break;
      case ElementAction.ENTER:
        this.#enter();
        break;
      case ElementAction.NEW_CHUNK:
        this.#elements += ELEMENTS_PER_CHUNK;
        if (this.boundaries.endBeforeHeader()) {
          this.assembler.open(this.scanner.start);
          this.grammar.openChunk();
          this.#begin(this.grammar.judgeContent(this.scanner));
        }
        break;
      case ElementAction.CHUNK_TOO_LARGE:
        this.boundaries.skipTooLargeChunk();
        break;
      default:
        this.boundaries.fail(verdict);
    }
  }

  #enter(): void {
    const scanner = this.scanner;
    this.grammar.enter(scanner);
    switch (scanner.id) {
      case SEGMENT:
        // More than an accident in rubbish.
        this.boundaries.endRun();
        break;
      case CLUSTER:
        this.assembler.startCluster(scanner);
        break;
      case TAGS:
        this.assembler.startTags(scanner);
        break;
      case TAG:
        break;
      default:
        this.blocks.startGroup(scanner);
    }
  }

  /** The content of the current element is all there. */
  #takeContent(): void {
    switch (this.#action) {
      case ElementAction.TAKE_BLOCK:
        this.#takeBlock();
        break;
      case ElementAction.COLLECT:
        if (this.boundaries.hasCollectedHeader) {
          this.boundaries.fail(Violation.HEADER_WITHIN);
        } else {
          this.nesting.passChild(this.scanner.contentEnd);
          this.#takeCollected();
        }
        break;
      case ElementAction.SKIP_REFERENCE:
        this.blocks.addReference();
        break;
      default:
        if (this.boundaries.hasSkippedHeader) {
          this.boundaries.fail(Violation.HEADER_WITHIN);
        } else {
          this.nesting.passChild(this.scanner.contentEnd);
        }
    }
  }

  #takeCollected(): void {
    const scanner = this.scanner;
    const error = this.assembler.take(scanner, this.nesting.path, this.boundaries.isReporting);
    this.#elements += this.assembler.elementsWithin;
    if (error !== undefined) {
      this.boundaries.failWith(error);
    }
  }

  /** @param end offset at which a Tags element ends */
  #takeTags(end: number): void {
    this.assembler.takeTags(end);
    if (!this.hasEnded && this.assembler.isAtEnd) {
      const ended = this.assembler.close(end, end, true);
      this.nesting.closeChunk();
      this.assembler.report(ended);
    }
  }

  #takeBlock(): void {
    const violation = this.blocks.take(this.assembler.chunk, this.scanner);
    if (violation === Violation.NONE) {
      this.nesting.passBlock();
    } else {
      this.boundaries.fail(violation);
    }
  }

  /** The innermost element around ends here. */
  #leave(): void {
    const end = this.input.base + this.input.pos;
    const { level } = this.nesting;
    this.nesting.leave(end);
    if (level === Level.IN_GROUP || level === Level.AFTER_BLOCK) {
      const { assembler, blocks } = this;
      const violation =
        level === Level.IN_GROUP ? Violation.NO_BLOCK : blocks.takeGroup(assembler.chunk, end);
      if (violation !== Violation.NONE) {
        this.boundaries.failAt(blocks.groupStart, violation, BLOCK_GROUP);
      }
    } else if (level === Level.IN_TAGS) {
      this.#takeTags(end);
    }
  }
}
