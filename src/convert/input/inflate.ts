/** Inflates zlib data (RFC 1950) within bounds. The one import from Node.js in this folder: it computes, and reaches nothing. */
import { inflateSync } from 'node:zlib';
import { copyBuffer } from '../copy-buffer';
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';

/**
 * @param maxBytes a result that would be larger is refused
 * @returns the data, in its own memory that is not much larger
 * @throws {ConversionError} `InvalidFrame`
 */
export function inflate(data: Buffer, maxBytes: number): Buffer {
  const inflated = inflateUpTo(data, Math.max(1, maxBytes));
  if (inflated === undefined || inflated.length > maxBytes) {
    throw new ConversionError(
      'InvalidFrame',
      conversionStatement('conversion.restoredTooLarge', { allowedBytes: maxBytes }),
    );
  }
  // zlib takes 16 KB for whatever it inflates, and a chunk may hold thousands of small frames.
  return inflated.buffer.byteLength > 2 * inflated.length ? copyBuffer(inflated) : inflated;
}

/** Undefined for more than was allowed. */
function inflateUpTo(data: Buffer, maxOutputLength: number): Buffer | undefined {
  try {
    return inflateSync(data, { maxOutputLength });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      return undefined;
    }
    if (!code.startsWith('Z_')) {
      throw error;
    }
    throw new ConversionError('InvalidFrame', conversionStatement('conversion.notInflated', {}));
  }
}
