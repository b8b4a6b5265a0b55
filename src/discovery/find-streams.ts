/** Which streams a selection means at this moment. */
import { setImmediate as immediate } from 'node:timers/promises';
import type { StreamInfo } from '../kinesis-video';
import {
  matchesPattern,
  parseStream,
  type StreamRef,
  type StreamSelection,
  type TagFilter,
} from '../options';
import type { DiscoveryService } from './discovery-service';
import type { TagCache } from './tag-cache';

/** A stream that is being made cannot be read yet, and one that is being deleted not any more. */
const UNREADABLE: readonly unknown[] = ['CREATING', 'DELETING'];

/** Of names with patterns: takes a few ms. An account may have 10,000 streams, and settings thousands of patterns. */
const COMPARISONS_PER_TURN = 20_000;

/** The selected streams, by name. Those that messages start are not looked for. */
export async function findStreams(
  service: DiscoveryService,
  selection: StreamSelection,
  tagCache: TagCache,
  signal: AbortSignal,
): Promise<StreamRef[]> {
  const found = await select(service, selection, tagCache, signal);
  const { exclude } = selection;
  const left: StreamRef[] = [];
  let comparisons = 0;
  for (const stream of found) {
    comparisons += exclude.length;
    if (comparisons > COMPARISONS_PER_TURN) {
      comparisons = 0;
      await immediate();
      signal.throwIfAborted();
    }
    if (!exclude.some((pattern) => matchesPattern(stream.StreamName, pattern))) {
      left.push(stream);
    }
  }
  return left;
}

async function select(
  service: DiscoveryService,
  selection: StreamSelection,
  tagCache: TagCache,
  signal: AbortSignal,
): Promise<readonly StreamRef[]> {
  switch (selection.by) {
    case 'message':
      return [];
    case 'list':
      return selection.streams;
    case 'prefix':
      return readable(await service.listStreams({ prefix: selection.prefix }, signal));
    case 'tags': {
      const tagged = await taggedStreams(service, selection.tags, signal);
      return tagged ?? tagCache.matching(service, await listAll(service, signal), selection.tags, signal);
    }
  }
}

async function listAll(service: DiscoveryService, signal: AbortSignal): Promise<StreamRef[]> {
  return readable(await service.listStreams({}, signal));
}

/** Undefined where the Resource Groups Tagging API is not there, or refuses. */
async function taggedStreams(
  service: DiscoveryService,
  tags: readonly TagFilter[],
  signal: AbortSignal,
): Promise<StreamRef[] | undefined> {
  try {
    const arns = await service.streamsWithTags(tags, signal);
    return arns?.map(parseStream).filter((stream) => stream !== undefined);
  } catch (error) {
    if (isRefusal(error)) {
      return undefined;
    }
    throw error;
  }
}

/** Whether a right is missing. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof Error &&
    'ErrorType' in error &&
    /^(AccessDenied|NotAuthorized|UnauthorizedOperation)(Exception)?$/.test(String(error.ErrorType))
  );
}

function readable(streams: readonly StreamInfo[]): StreamRef[] {
  return streams
    .filter(({ Status }) => !UNREADABLE.includes(Status))
    .map(({ StreamName, StreamARN }) => ({ StreamName, StreamARN }));
}
