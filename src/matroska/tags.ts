/** The SimpleTags of a Tags element, and the values that the service writes into them. */
import { SIMPLE_TAG, TAG, TAG_BINARY, TAG_NAME, TAG_STRING } from './ids';
import type { Limits } from './limits';
import type { Children } from './master';
import { serviceTag, type ServiceTag } from './service-tags';

export interface Tag {
  readonly name: string;
  readonly value: string;
  /** What it says, where it is one of the service's own. */
  readonly service: ServiceTag | undefined;
  /** Size of its name and value, where one of them is beyond its limit: the tag is left out. */
  readonly tooLargeBytes?: number;
}

/** What a message shows of a name that is too long. */
const SHOWN_NAME_BYTES = 64;

type TagLimits = Pick<Limits, 'tagNameBytes' | 'tagValueBytes' | 'tags' | 'tagDepth'>;

/**
 * The SimpleTags of a Tags element (RFC 9559, section 5.1.8) in their order, nested ones behind their parent. Targets
 * are not looked at: the service's own tags have none, and a producer's are told apart by name. A tag without a name,
 * or with a binary value alone, is left out; one without a value has the empty one. One that is too large is there
 * without its value, so that it can be reported.
 *
 * @param before number of tags that the chunk has had already
 */
export function parseTags(tags: Children, limits: TagLimits, before = 0): Tag[] {
  const found: Tag[] = [];
  while (tags.next()) {
    if (tags.id === TAG) {
      const tag = tags.inner();
      while (tag.next()) {
        if (tag.id === SIMPLE_TAG) {
          addSimpleTag(tag, limits, 1, found, before);
        }
      }
    }
  }
  return found;
}

function addSimpleTag(
  parent: Children,
  limits: TagLimits,
  depth: number,
  found: Tag[],
  before: number,
): void {
  if (depth > limits.tagDepth) {
    throw parent.malformed(`tags nested more than ${limits.tagDepth} deep`);
  }
  if (before + found.length >= limits.tags) {
    throw parent.malformed(`more than ${limits.tags} tags in a chunk`);
  }
  const children = parent.inner();
  let name: string | undefined;
  let value: string | undefined;
  const texts = { bytes: 0, areTooLarge: false };
  let binary = false;
  let nested = false;
  const text = (maxBytes: number, shownBytes: number): string => {
    const size = children.end - children.start;
    texts.bytes += size;
    texts.areTooLarge ||= size > maxBytes;
    return size > maxBytes ? children.beginning(shownBytes) : children.string(maxBytes);
  };
  while (children.next()) {
    switch (children.id) {
      case TAG_NAME:
        name = text(limits.tagNameBytes, Math.min(limits.tagNameBytes, SHOWN_NAME_BYTES));
        break;
      case TAG_STRING:
        value = text(limits.tagValueBytes, 0);
        break;
      case TAG_BINARY:
        binary = true;
        break;
      case SIMPLE_TAG:
        nested = true;
        break;
      default:
    }
  }
  if (name !== undefined && (value !== undefined || !binary)) {
    found.push(
      texts.areTooLarge
        ? { name, value: '', service: undefined, tooLargeBytes: texts.bytes }
        : { name, value: value ?? '', service: serviceTag(name) },
    );
  }
  if (nested) {
    // A second pass, since the parent's name may come behind the tags within.
    const again = parent.inner();
    while (again.next()) {
      if (again.id === SIMPLE_TAG) {
        addSimpleTag(again, limits, depth + 1, found, before);
      }
    }
  }
}

const SECONDS = /^(\d{1,13})(?:\.(\d*))?$/;

/** `seconds.mmm` to ms, digit by digit, since 1519423069.070 has no exact double. Further digits are cut off. */
export function parseSeconds(text: string): number | undefined {
  const match = SECONDS.exec(text);
  if (match === null) {
    return undefined;
  }
  const [, seconds = '', fraction = ''] = match;
  const ms = Number(seconds + fraction.slice(0, 3).padEnd(3, '0'));
  return Number.isSafeInteger(ms) ? ms : undefined;
}

const INTEGER = /^-?\d{1,15}$/;

export function parseInteger(text: string): number | undefined {
  return INTEGER.test(text) ? Number(text) : undefined;
}
