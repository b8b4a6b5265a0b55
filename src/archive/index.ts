/**
 * Stored media: a range of time in, what is stored of it out. The data's path:
 *
 * ```
 * range ──▶ range-reader: how? ──▶ session-reader: GetMedia, with an end ───────────────────────────┐
 *                │                                                                               ▼
 *                └──▶ list-reader: range-list ──▶ batches ──▶ batch-reader, 4 at a time ──▶ chunk-output ──▶ flow
 * ```
 *
 * - `range-reader.ts` decides which way a range is read, and takes the other one where the first is closed
 * - `session-reader.ts` reads the last minute: it waits for media that are yet to come, and needs no list
 * - `list-reader.ts` reads what is older, window by window and batch by batch, in order and in bounded memory
 * - `range-list.ts` lists fragments, sorted, each once, again and again near the live edge until two lists agree
 * - `batch-reader.ts` reads the fragments of one batch until each has come or is given up; `batch-response.ts` reads one
 *   response; `service-tags-size.ts` knows what of a chunk a list does not count
 * - `chunk-output.ts` sends in order, holds back while too much is unacknowledged, knows the first and the last chunk
 * - `coverage.ts` knows where fragments end, and the gaps between them
 * - `retention.ts` knows how the service says that a stream no longer keeps a range
 * - `budgets.ts` keeps the limits that all clients of a stream share; `call-retries.ts` retries calls
 *
 * Knows the calls (`kinesis-video`), the session with its retry tables, and the reader (`matroska`). Must not know who
 * takes the chunks nor how errors are shown.
 */
export { ArchiveBudgets } from './budgets';
export { retryCalls } from './call-retries';
export { archiveError, ArchiveError, RangeReader, type RangeReaderEvents } from './range-reader';
export { beginOf, coverageOf, isContinued, type Coverage, type Span } from './coverage';
export { listFragments } from './list-fragments';
export { isNotRetained } from './retention';
export { sleep } from './sleep';
export type { ArchiveDependencies, ArchivedChunk, ChunkRequest, ChunksResult, RangeRequest } from './types';
