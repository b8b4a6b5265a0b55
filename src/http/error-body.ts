/** The body of a short answer, whole or, of an error, what there is of it. */
import { failure } from './http-failure';
import type { StreamedResponse } from './streamed-response';

const LONGEST_BODY = 64 * 1024;
const FIRST_BODY_BYTES = 16 * 1024;

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

/**
 * Reads a body whole. Rejects where it has more than `maxBytes`, of which no more is held, and where the connection
 * breaks. Closes the response.
 */
export function readBody(response: StreamedResponse, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // One buffer that grows, since slices of a byte each would take a hundred times as much.
    let held = Buffer.allocUnsafeSlow(Math.min(FIRST_BODY_BYTES, maxBytes));
    let length = 0;
    response.read({
      bytes: (slice) => {
        const needed = length + slice.length;
        if (needed > maxBytes) {
          response.close();
          reject(failure('ERR_BUFFER_TOO_LARGE', `The answer has more than ${maxBytes} bytes.`));
          return;
        }
        if (needed > held.length) {
          const grown = Buffer.allocUnsafeSlow(Math.min(Math.max(2 * held.length, needed), maxBytes));
          held.copy(grown, 0, 0, length);
          held = grown;
        }
        length += slice.copy(held, length);
      },
      ended: () => {
        response.close();
        resolve(held.subarray(0, length));
      },
      failed: (error) => {
        response.close();
        reject(error);
      },
    });
  });
}
