/** The ContentEncodings of a track: what a producer has done to its frames. */
import {
  CONTENT_COMPRESSION,
  CONTENT_COMP_ALGO,
  CONTENT_ENCODING,
  CONTENT_ENCODING_ORDER,
  CONTENT_ENCODING_SCOPE,
  CONTENT_ENCODING_TYPE,
  CONTENT_ENCRYPTION,
  CONTENT_ENC_ALGO,
} from './ids';
import type { Children } from './master';
import type { ContentEncoding } from './types';

const TYPES: readonly ContentEncoding['type'][] = ['compression', 'encryption'];
const COMPRESSIONS = ['zlib', 'bzlib', 'lzo1x', 'header-stripping'];
const ENCRYPTIONS = ['none', 'DES', '3DES', 'Twofish', 'Blowfish', 'AES'];
/** More than any muxer stacks; each is part of every message that describes the track. */
const MAX_ENCODINGS = 8;
/** By the bits of ContentEncodingScope, lowest first. */
const SCOPES = ['frames', 'codecPrivate', 'nextEncoding'] as const;

/** Reads the encodings of a ContentEncodings element. What it leaves out has Matroska's default: zlib over the frames. */
export function parseContentEncodings(encodings: Children): readonly ContentEncoding[] {
  const found: { order: number; encoding: ContentEncoding }[] = [];
  while (encodings.next()) {
    if (encodings.id === CONTENT_ENCODING) {
      if (found.length >= MAX_ENCODINGS) {
        throw encodings.malformed('tooManyEncodings', { most: MAX_ENCODINGS });
      }
      found.push(parseContentEncoding(encodings.inner()));
    }
  }
  // The one with the highest order was applied last.
  found.sort((a, b) => b.order - a.order);
  return Object.freeze(found.map(({ encoding }) => Object.freeze(encoding)));
}

function parseContentEncoding(encoding: Children): { order: number; encoding: ContentEncoding } {
  let order = 0;
  let scope = 1;
  let type = 0;
  let compression = 0;
  let encryption = 0;
  while (encoding.next()) {
    switch (encoding.id) {
      case CONTENT_ENCODING_ORDER:
        order = encoding.uint();
        break;
      case CONTENT_ENCODING_SCOPE:
        scope = encoding.uint();
        break;
      case CONTENT_ENCODING_TYPE:
        type = encoding.uint();
        break;
      case CONTENT_COMPRESSION:
        compression = algorithm(encoding.inner(), CONTENT_COMP_ALGO);
        break;
      case CONTENT_ENCRYPTION:
        encryption = algorithm(encoding.inner(), CONTENT_ENC_ALGO);
        break;
      default:
    }
  }
  const known = type === 0 ? COMPRESSIONS[compression] : ENCRYPTIONS[encryption];
  return {
    order,
    encoding: {
      type: TYPES[type] ?? 'other',
      algorithm: known ?? String(type === 0 ? compression : encryption),
      appliesTo: Object.freeze(SCOPES.filter((_, bit) => ((scope >> bit) & 1) === 1)),
    },
  };
}

function algorithm(settings: Children, id: number): number {
  let found = 0;
  while (settings.next()) {
    if (settings.id === id) {
      found = settings.uint();
    }
  }
  return found;
}
