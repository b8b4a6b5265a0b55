/**
 * Stored media: a range of time in, what is stored of it out. The data's path:
 *
 * ```
 * range ──▶ archive-reader: how? ──▶ chunks-by-session: GetMedia, with an end ─────────────┐
 *                 │                                                                        ▼
 *                 └──▶ chunks-by-list ──▶ batches ──▶ batch-reader, 4 at a time ──▶ ordered-output ──▶ flow
 *                           ▲
 * range ──▶ list-range ──▶ filter-by-range: which of them? ──▶ nodes that show the list itself
 * ```
 *
 * Lists of fragments, without media:
 *
 * - `list-range.ts` lists what begins in a range, sorted, each once, again and again near the live edge until two
 *   lists agree
 * - `filter-by-range.ts` decides which of them belong to the range that was asked for
 * - `coverage.ts` knows where listed fragments begin and end, what they cover, and the gaps between them
 * - `retention.ts` knows how the service says that a stream no longer keeps a range
 *
 * Media, as chunks:
 *
 * - `archive-reader.ts` decides which way a range is read, and takes the other one where the first is closed
 * - `chunks-by-session.ts` reads the last minute: it waits for media that are yet to come, and needs no list
 * - `chunks-by-list.ts` reads what is older, window by window and batch by batch, in order and in bounded memory
 * - `batches.ts` splits a list into batches; `batch-reader.ts` reads the fragments of one until each has come or is
 *   given up; `read-batch-response.ts` reads one response into chunks; `service-tags-size.ts` knows what of a chunk a list does not count
 * - `ordered-output.ts` sends in order, holds back while too much is unacknowledged, knows the first and the last chunk
 *
 * For both: `budgets.ts` keeps the limits that all clients of a stream share; `call-retries.ts` retries calls.
 *
 * Knows the calls (`kinesis-video`), the session with its retry tables, and the reader (`matroska`). Must not know who
 * takes the chunks nor how errors are shown.
 */
export { ArchiveBudgets } from './budgets';
export { retryCalls } from './call-retries';
export { archiveError, ArchiveError } from './archive-error';
export { ArchiveReader, type ArchiveReaderEvents } from './archive-reader';
export { beginOf, coverageOf, isContinued, type Coverage, type Span } from './coverage';
export { fragmentsInRange } from './filter-by-range';
export { isNotRetained } from './retention';
export { sleep } from './sleep';
export type { ArchiveDependencies, ArchivedChunk, ChunkRequest, ChunksResult, RangeRequest } from './types';
