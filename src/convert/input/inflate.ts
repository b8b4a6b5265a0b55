/** Inflates zlib data (RFC 1950) within bounds. The one import from Node.js in this folder: it computes, and reaches nothing. */
import { inflateSync } from 'node:zlib';
import { copyBuffer } from '../copy-buffer';

/** What is wrong with the data. The message is a clause, without a full stop. */
export class InflateError extends Error {
  override readonly name = 'InflateError';
}

/** What zlib says of data that cannot be read, by its error code or message. */
const CAUSES: ReadonlyMap<string, string> = new Map([
  ['Z_BUF_ERROR', 'it ends too early'],
  ['Z_NEED_DICT', 'it does not begin as zlib data'],
  ['incorrect header check', 'it does not begin as zlib data'],
  ['unknown compression method', 'it does not begin as zlib data'],
  ['invalid window size', 'it does not begin as zlib data'],
  ['incorrect data check', 'its checksum is wrong'],
]);

/**
 * @param maxBytes a result that would be larger is refused
 * @returns the data, in its own memory that is not much larger
 * @throws {InflateError}
 */
export function inflate(data: Buffer, maxBytes: number): Buffer {
  const inflated = inflateUpTo(data, Math.max(1, maxBytes));
  if (inflated === undefined || inflated.length > maxBytes) {
    throw new InflateError(`it becomes more than ${maxBytes} bytes`);
  }
  // zlib takes 16 KB for whatever it inflates, and a chunk may hold thousands of small frames.
  return inflated.buffer.byteLength > 2 * inflated.length ? copyBuffer(inflated) : inflated;
}

/** Undefined for more than was allowed. */
function inflateUpTo(data: Buffer, maxOutputLength: number): Buffer | undefined {
  try {
    return inflateSync(data, { maxOutputLength });
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      return undefined;
    }
    if (!code.startsWith('Z_')) {
      throw error;
    }
    throw new InflateError(CAUSES.get(code) ?? CAUSES.get(message) ?? `it is damaged (${message})`);
  }
}
