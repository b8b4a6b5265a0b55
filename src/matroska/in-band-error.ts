/** The service's error, read from the tags that it sends within the response. */
import { parseInteger, type ServiceValue } from './tags';
import type { OpenChunk } from './open-chunk';
import type { InBandError } from './types';

/**
 * The error that the service's tags of one Tags element report, if they do.
 *
 * @param chunk the one that they stand in; undefined after its closing tags
 */
export function inBandError(
  tags: readonly ServiceValue[],
  chunk: Pick<OpenChunk, 'FragmentNumber'> | undefined,
): InBandError | undefined {
  const error: { -readonly [Key in keyof InBandError]: InBandError[Key] } = {};
  let found = false;
  for (const { service, value } of tags) {
    switch (service) {
      case 'ErrorCode':
        error.ErrorCode = value;
        break;
      case 'ErrorMessage':
        error.ErrorMessage = value;
        break;
      case 'ErrorId': {
        const id = parseInteger(value);
        if (id !== undefined) {
          error.ErrorId = id;
        }
        break;
      }
      default:
        continue;
    }
    found = true;
  }
  if (!found) {
    return undefined;
  }
  if (chunk !== undefined) {
    error.isInChunk = true;
  }
  if (chunk?.FragmentNumber !== undefined) {
    error.FragmentNumber = chunk.FragmentNumber;
  }
  return error;
}
