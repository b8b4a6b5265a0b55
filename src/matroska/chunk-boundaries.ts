/**
 * Ends the chunks that their closing tags do not end: healthy chunks of stored media, which have no such tags, at the
 * next EBML header or the end of the response; damaged, truncated and too large ones where that is noticed. Says what
 * becomes of the chunk, and how reading continues.
 */
import type { ChunkAssembler } from './chunk-assembler';
import { OpenChunk } from './open-chunk';
import type { ChunkGrammar } from './chunk-grammar';
import { EBML_ID_BYTES, hasEbmlHeader, mayBeginEbmlHeader, MOST_BYTES_SEARCHED } from './ebml-header-search';
import type { ElementScanner } from './element-scanner';
import { ChunkTooLargeError, MalformedMediaError } from './errors';
import type { ReaderEvents } from './events';
import { isKnown } from './ids';
import type { ByteWindow } from './byte-window';
import { Level, type Nesting } from './nesting';
import { Resynchronizer } from './resynchronizer';
import { Violation } from './violations';

/** So many times the largest chunk may be searched again at a stretch. */
const MAX_REWINDS = 4;

/** State is changed before an event is reported, since a callback may end the reader. */
export class ChunkBoundaries {
  readonly #resync: Resynchronizer;
  /** Where the content begins that is searched for an EBML header as it comes, and up to where it has been. */
  #searchedFrom = -1;
  #searchedTo = 0;
  #hasHeader = false;

  constructor(
    private readonly events: ReaderEvents,
    private readonly input: ByteWindow,
    private readonly scanner: ElementScanner,
    private readonly nesting: Nesting,
    private readonly grammar: ChunkGrammar,
    private readonly assembler: ChunkAssembler,
    /** Whether the service closes chunks with tags. */
    private readonly expectsClosingTags: boolean,
  ) {
    this.#resync = new Resynchronizer(input, MAX_REWINDS * grammar.maxChunkBytes);
  }

  /** Is the next EBML header searched for? */
  get isSearching(): boolean {
    return this.#resync.isSearching;
  }

  /** Is a violation reported? It is not within a run of rubbish that has been. */
  get isReporting(): boolean {
    return !this.#resync.isReported;
  }

  /** Bytes have come in. */
  addCredit(bytes: number): void {
    this.#resync.addCredit(bytes);
  }

  /** The run of rubbish, if there was one, is over. */
  endRun(): void {
    this.#resync.isReported = false;
  }

  /** The current element is a violation. */
  fail(violation: Violation): void {
    this.failAt(this.scanner.start, violation, this.scanner.id);
  }

  /**
   * @param at offset of the element at fault
   * @param id of it, where that could be read
   */
  failAt(at: number, violation: Violation, id: number | undefined): void {
    this.#recover(at, this.isReporting ? this.#malformed(violation, at, id) : undefined);
  }

  /** The content of the current element is wrong. */
  failWith(error: MalformedMediaError): void {
    this.#recover(this.scanner.start, this.isReporting ? error : undefined);
  }

  /**
   * An EBML header ends whatever is open, wherever it stands. False where the next chunk does not begin with it: what is
   * open is searched first, or the reader has ended.
   */
  endBeforeHeader(): boolean {
    const { assembler, nesting } = this;
    const { start } = this.scanner;
    const { mayEnd } = nesting;
    const isComplete = assembler.hasClosingTag || (!this.expectsClosingTags && mayEnd);
    if (assembler.isOpen) {
      const { keepsAll } = assembler;
      const ended = assembler.close(nesting.endBefore(start), start, mayEnd, this.expectsClosingTags);
      const searches = !isComplete && keepsAll && this.#resync.searchAgain(assembler.start);
      if (searches) {
        this.#forget();
      }
      assembler.report(ended);
      return !searches && !assembler.isStopped;
    }
    return true;
  }

  /** With the current element the chunk is beyond its limit: what follows of it is skipped. */
  skipTooLargeChunk(): void {
    const { start, id, contentEnd } = this.scanner;
    const { head, hasClosingTag, keepsAll, start: chunkStart } = this.assembler;
    if (hasClosingTag) {
      this.fail(Violation.ELEMENT_TOO_LARGE);
      return;
    }
    const { maxChunkBytes } = this.grammar;
    const path = this.nesting.pathTo(id);
    const error = new ChunkTooLargeError(contentEnd - chunkStart, maxChunkBytes, start, id, path);
    this.#resynchronize(start, keepsAll);
    this.events.tooLarge(head, error);
  }

  /** Searches for the next EBML header; false if the slice at hand has none. */
  find(): boolean {
    const isFound = this.#resync.find();
    if (isFound) {
      this.assembler.start = this.input.base + this.input.pos;
    }
    return isFound;
  }

  /**
   * Has an element that is skipped, or read as a whole, a chunk in it? Nothing that stands outside of media has; its
   * size is wrong. Within media an EBML header may be anything, and the chunk is reported as truncated anyway.
   */
  get hasSwallowed(): boolean {
    const { isInContent } = this.scanner;
    return (
      !this.assembler.isStopped &&
      isInContent &&
      this.nesting.isOutsideMedia &&
      this.#hasHeaderUpTo(this.input.received)
    );
  }

  /** The slice ends within the content of an element: searches what has come, so that not all is left for its end. */
  searchContent(): void {
    const { received } = this.input;
    this.#hasHeader = this.#hasHeaderUpTo(received);
    this.#searchedFrom = this.scanner.contentStart;
    this.#searchedTo = received;
  }

  /** Has the element a chunk in it that is read as a whole, and so large that it has been searched as it came? */
  get hasCollectedHeader(): boolean {
    const { size, contentEnd } = this.scanner;
    return size > MOST_BYTES_SEARCHED && this.nesting.isOutsideMedia && this.#hasHeaderUpTo(contentEnd);
  }

  /**
   * Has the element that was skipped a chunk in it? A block may hold anything, and so may what Matroska has in its
   * place; elements that nobody knows are more likely damage.
   */
  get hasSkippedHeader(): boolean {
    const { id, contentEnd } = this.scanner;
    return (this.nesting.isOutsideMedia || !isKnown(id)) && this.#hasHeaderUpTo(contentEnd);
  }

  /** What was swallowed is to be read again. */
  failSwallowed(): void {
    this.fail(Violation.SWALLOWED_HEADER);
  }

  /**
   * The response is over and all of it is read: ends the reader, and reports what is still open.
   *
   * @param isBroken the response did not end by itself, so that what came last may lack something
   */
  finish(isBroken: boolean): void {
    const { isInHeader, isBetweenElements, start } = this.scanner;
    const { received } = this.input;
    const { level, mayEnd } = this.nesting;
    const end = this.nesting.endBefore(isBetweenElements ? received : start);
    const { chunk, truncated } = this.assembler.close(
      end,
      received,
      isBetweenElements && mayEnd,
      this.expectsClosingTags || isBroken,
    );
    const rest = isInHeader ? this.input.joined(start, received) : undefined;
    this.stop();
    if (chunk !== undefined) {
      this.events.chunk(chunk);
    } else if (!this.isReporting) {
      return;
    } else if (truncated !== undefined) {
      this.events.truncated(truncated);
    } else if (rest !== undefined && mayBeginEbmlHeader(rest)) {
      this.events.truncated(new OpenChunk(start).toTruncated(rest.length, false));
    } else if (rest !== undefined && level === Level.BETWEEN_CHUNKS) {
      this.events.malformed(this.#malformed(Violation.ENDS_WITHIN_RUBBISH, start, undefined));
    }
  }

  /** Ends the reader without another callback; from within one, too. */
  stop(): void {
    this.assembler.stop();
    this.input.release();
  }

  /** Is there an EBML header in the content of the current element up to the offset? */
  #hasHeaderUpTo(end: number): boolean {
    const { contentStart } = this.scanner;
    const isSearched = this.#searchedFrom === contentStart;
    // A header may have begun before what comes now.
    const from = isSearched ? Math.max(contentStart, this.#searchedTo - EBML_ID_BYTES + 1) : contentStart;
    return (isSearched && this.#hasHeader) || hasEbmlHeader(this.input.bytes(from, Math.max(from, end)));
  }

  #malformed(violation: Violation, at: number, id: number | undefined): MalformedMediaError {
    const detail = this.grammar.describe(violation, this.scanner);
    return new MalformedMediaError(detail, at, id, this.nesting.pathTo(id));
  }

  /** @param error to be reported; none within a run of rubbish that has been */
  #recover(at: number, error: MalformedMediaError | undefined): void {
    if (this.nesting.level === Level.AFTER_HEADER) {
      // Without a Segment it may have been an accident in the rubbish.
      this.assembler.discard();
    }
    const { keepsAll } = this.assembler;
    const ended = this.assembler.close(this.nesting.endBefore(at), at, this.nesting.mayEnd);
    this.#resynchronize(at, keepsAll);
    this.assembler.report(ended, error);
  }

  /** Drops what is open, and begins to search for the next EBML header: in all of it, or from the fault on. */
  #resynchronize(at: number, inAll: boolean): void {
    if (!this.#resync.searchAgain(inAll ? this.assembler.start : at)) {
      this.#resync.search(at + 1);
    }
    this.assembler.discard();
    this.#forget();
  }

  #forget(): void {
    this.#searchedFrom = -1;
    this.scanner.reset();
    this.nesting.reset();
  }
}
