/** Checks the EBML header of a chunk, and reads what counts of its Info. */
import {
  DOC_TYPE,
  EBML_MAX_ID_LENGTH,
  EBML_MAX_SIZE_LENGTH,
  EBML_READ_VERSION,
  TIMESTAMP_SCALE,
} from './ids';
import type { Limits } from './limits';
import type { Children } from './master';
import { DEFAULT_TIMESTAMP_SCALE } from './open-chunk';

const DOC_TYPES: ReadonlySet<string> = new Set(['matroska', 'webm']);
const MAX_ID_LENGTH = 4;
const MAX_SIZE_LENGTH = 8;

/** Throws `MalformedMediaError` for an EBML header (RFC 8794, section 11.2.1) of anything but readable Matroska. */
export function checkEbmlHeader(header: Children, limits: Pick<Limits, 'stringBytes'>): void {
  while (header.next()) {
    switch (header.id) {
      case DOC_TYPE:
        if (!DOC_TYPES.has(header.string(limits.stringBytes))) {
          throw header.malformed('notMatroska');
        }
        break;
      case EBML_READ_VERSION:
        atMost(header, 1);
        break;
      case EBML_MAX_ID_LENGTH:
        atMost(header, MAX_ID_LENGTH);
        break;
      case EBML_MAX_SIZE_LENGTH:
        atMost(header, MAX_SIZE_LENGTH);
        break;
      default:
    }
  }
}

/** The TimestampScale of an Info element, in ns per tick. An illegal 0 counts as absent. */
export function parseTimestampScale(info: Children): number {
  let scale = DEFAULT_TIMESTAMP_SCALE;
  while (info.next()) {
    if (info.id === TIMESTAMP_SCALE) {
      scale = info.uint() || DEFAULT_TIMESTAMP_SCALE;
    }
  }
  return scale;
}

function atMost(header: Children, largest: number): void {
  if (header.uint() > largest) {
    throw header.malformed('headerValue', { most: largest });
  }
}
