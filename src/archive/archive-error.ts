/** Failure of a range, and how the failure of one of its calls becomes that. */
import type { KinesisVideoError } from '../kinesis-video';
import { callFailure, errorRow, report, type ErrorReport } from '../session';

/** Failure of a range, with what is known of it. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';

  /** @param cause the failed call, if it was one */
  constructor(
    readonly report: ErrorReport,
    cause?: KinesisVideoError,
  ) {
    super(report.message, { cause });
  }
}

/** A call's failure, as that of a range. */
export function archiveError(error: KinesisVideoError, StreamName: string): ArchiveError {
  const failure = callFailure(StreamName, error);
  // What comes next is for whoever asked to say.
  return new ArchiveError(report(failure, errorRow(failure), { action: 'ignore' }, 1), error);
}
