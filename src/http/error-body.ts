/** The body of a short answer, such as an error, as text. */
import type { StreamedResponse } from './media-response';

const LONGEST_BODY = 64 * 1024;

/**
 * Reads the beginning of a body: what comes within the time and the 64 KiB. Never rejects, for an error with half its
 * message is better than none. Closes the response.
 */
export function readErrorBody(
  response: StreamedResponse,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let length = 0;
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      response.close();
      resolve(Buffer.concat(parts).subarray(0, LONGEST_BODY).toString('utf8'));
    };
    const timer = setTimeout(finish, timeoutMs);
    signal.addEventListener('abort', finish);
    response.read({
      bytes: (slice) => {
        parts.push(Buffer.from(slice));
        length += slice.length;
        if (length >= LONGEST_BODY) {
          finish();
        }
      },
      ended: finish,
      failed: finish,
    });
  });
}
