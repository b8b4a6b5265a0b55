/** The part of the service that streams are found by. */
import type { StreamInfo } from '../kinesis-video';
import type { StreamRef, TagFilter } from '../options';

/** The calls that streams are found by. Each rejects with a `KinesisVideoError`. */
export interface DiscoveryService {
  listStreams(options: { readonly prefix?: string }, signal?: AbortSignal): Promise<readonly StreamInfo[]>;
  /** ARNs of the streams with all of these tags; undefined where there is no such service. */
  streamsWithTags(tags: readonly TagFilter[], signal?: AbortSignal): Promise<readonly string[] | undefined>;
  listTagsForStream(stream: StreamRef, signal?: AbortSignal): Promise<ReadonlyMap<string, string>>;
}
