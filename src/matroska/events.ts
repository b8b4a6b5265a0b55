/** The callbacks of a reader: the one place where all of them, their order and their terms are described. */
import type { ChunkTooLargeError, MalformedMediaError } from './errors';
import type { Frame } from './frame';
import type { Chunk, ChunkHead, TruncatedChunk, InBandError } from './types';

/** What the reader calls, in the order of the bytes, from within `write` and `end`. */
export interface ReaderEvents {
  /** A Cluster begins: everything before it is known. */
  head?(head: ChunkHead): void;
  /** A Tracks or Tags element of the open chunk is complete: its id and its content, a view good until this returns. */
  master?(id: number, content: Buffer): void;
  /** A frame's last byte has arrived. Without this callback, frames are counted and nothing more. */
  frame?(frame: Frame, head: ChunkHead): void;
  /**
   * A chunk is complete. Called within the `write` that brought the last byte of its closing tags; where it has none that
   * end it, as in stored media, within the one that brought the next EBML header, or within `end`.
   */
  chunk(chunk: Chunk): void;
  truncated(chunk: TruncatedChunk): void;
  inBandError(error: InBandError): void;
  /**
   * Rubbish, once for each run of it; the reader continues at the next EBML header that parses. A chunk that was open is
   * lost with it and reported by `truncated` right after (by `chunk` right before, if a closing tag was read).
   */
  malformed(error: MalformedMediaError): void;
  /** So many bytes of damaged media have been read again, in search of chunks: a good place to suspend the reader. */
  reread?(bytes: number): void;
  /** So many elements have been read since the last call, which takes its time: a good place to suspend the reader. */
  elements?(count: number): void;
  /** A chunk beyond the limit; its remaining bytes are skipped and no `chunk` or `truncated` follows for it. */
  tooLarge(head: ChunkHead, error: ChunkTooLargeError): void;
}
