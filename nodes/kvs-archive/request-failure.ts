/** A request to kvs-archive that failed, as an error that carries its message. */
import type { ArchivePayload } from './archive-errors';

/** A request that failed for a reason of this node's own. */
export class RequestFailure extends Error {
  constructor(readonly payload: ArchivePayload) {
    super(payload.message);
  }
}
