/** The tags of streams, asked for one by one: the way of those who may not use the Resource Groups Tagging API. */
import type { Clock } from '../clock';
import type { StreamRef, TagFilter } from '../options';
import type { DiscoveryService } from './discovery-service';

/** An account has 50 such calls a second for everyone. https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/limits.html */
const CALLS_PER_SECOND = 10;
/** Tags of known streams are asked for again after so long, ms. */
const KEPT_MS = 10 * 60_000;

interface Kept {
  readonly tags: ReadonlyMap<string, string>;
  readonly until: number;
}

export class TagCache {
  readonly #kept = new Map<string, Kept>();

  constructor(private readonly clock: Clock) {}

  /** Those of the streams that have all of the tags. Forgets streams that are not among them any more. */
  async matching(
    service: Pick<DiscoveryService, 'listTagsForStream'>,
    streams: readonly StreamRef[],
    wanted: readonly TagFilter[],
    signal: AbortSignal,
  ): Promise<StreamRef[]> {
    const names = new Set(streams.map(keyOf));
    for (const name of this.#kept.keys()) {
      if (!names.has(name)) {
        this.#kept.delete(name);
      }
    }
    const matching: StreamRef[] = [];
    for (const stream of streams) {
      const tags = await this.#tagsOf(service, stream, signal);
      if (wanted.every(({ key, value }) => tags.get(key) === value)) {
        matching.push(stream);
      }
    }
    return matching;
  }

  async #tagsOf(
    service: Pick<DiscoveryService, 'listTagsForStream'>,
    stream: StreamRef,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string>> {
    const kept = this.#kept.get(keyOf(stream));
    const now = this.clock.monotonic();
    if (kept !== undefined && kept.until > now) {
      return kept.tags;
    }
    await this.#pause(1_000 / CALLS_PER_SECOND, signal);
    const tags = await service.listTagsForStream(stream, signal);
    // Not all at the same time, so that they are not asked for at the same time again.
    this.#kept.set(keyOf(stream), { tags, until: now + KEPT_MS * (1 + this.clock.random()) });
    return tags;
  }

  /** @throws the signal's reason */
  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const abort = (): void => {
        cancel();
        reject(signal.reason as Error);
      };
      const cancel = this.clock.after(ms, () => {
        signal.removeEventListener('abort', abort);
        resolve();
      });
      signal.addEventListener('abort', abort, { once: true });
    });
  }
}

/** A stream that is deleted and made again has another ARN. */
function keyOf({ StreamName, StreamARN }: StreamRef): string {
  return StreamARN ?? StreamName;
}
