/** What `chunk-judge.ts` asks of the session, which owns the response. */
import type { QueueItem } from './delivery-queue';
import type { Failure } from './failure';

/** What a response asks of its session. */
export interface ResponseOwner {
  /** `held`: the flow or the user is being waited for · `over`: the session has let go of the response */
  reading(): 'now' | 'held' | 'over';
  deliver(item: QueueItem): void;
  /** Calls again at once: the response has skipped something that must not be missed. */
  refetch(): void;
  /** Lets go of a held response. The rest is asked for when reading continues, and if something is wrong it shows then. */
  release(): void;
  /** The response is of no use any more; one that is held is released in silence. */
  fail(failure: Failure): void;
  /** The service ended the response. */
  ended(hadNewMedia: boolean): void;
  /** Everything that the session was to read has come. */
  complete(): void;
}
