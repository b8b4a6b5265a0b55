/** How requests name a stream. */
import type { StreamRef } from '../options';

/** The ARN where there is one: the API takes one of the two, and the ARN says more. */
export function streamMember(stream: StreamRef): { StreamARN: string } | { StreamName: string } {
  return stream.StreamARN === undefined ? { StreamName: stream.StreamName } : { StreamARN: stream.StreamARN };
}
