/** How the service says that a stream does not keep what a list is asked for. */
import { KinesisVideoError } from '../kinesis-video';

/** The service names the end of a range that is over before the retention period, also where that is 0. */
const OUTSIDE = /outside of the stream retention period/i;

/** Whether a list was refused because the stream keeps nothing of its range. */
export function isNotRetained(error: unknown): boolean {
  return (
    error instanceof KinesisVideoError &&
    (/^NoDataRetention(Exception)?$/.test(error.ErrorType) ||
      (error.ErrorType === 'InvalidArgumentException' && OUTSIDE.test(error.message)))
  );
}
