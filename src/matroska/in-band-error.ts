import { parseInteger, type Tag } from './tags';
import type { InBandError } from './types';

/** The error that the tags of one Tags element tell of, if they do. */
export function inBandError(
  tags: readonly Tag[],
  FragmentNumber: string | undefined,
): InBandError | undefined {
  const error: { -readonly [Key in keyof InBandError]: InBandError[Key] } = {};
  let found = false;
  for (const { value, service } of tags) {
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
  if (FragmentNumber !== undefined) {
    error.FragmentNumber = FragmentNumber;
  }
  return error;
}
