import { SIMPLE_TAG, TAG, TAG_BINARY, TAG_NAME, TAG_STRING } from './ids';
import type { Limits } from './limits';
import type { Children } from './master';
import { serviceTag, type ServiceTag } from './service-tags';

export interface Tag {
  readonly name: string;
  readonly value: string;
  /** What it says, where it is one of the service's own. */
  readonly service: ServiceTag | undefined;
}

type TagLimits = Pick<Limits, 'tagNameBytes' | 'tagValueBytes' | 'tags' | 'tagDepth'>;

/**
 * The SimpleTags of a Tags element (RFC 9559, section 5.1.8) in their order, nested ones behind their parent. Targets
 * are not looked at: the service's own tags have none, and a producer's are told apart by name. A tag without a name,
 * or with a binary value alone, is left out; one without a value has the empty one.
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
  let binary = false;
  let nested = false;
  while (children.next()) {
    switch (children.id) {
      case TAG_NAME:
        name = children.string(limits.tagNameBytes);
        break;
      case TAG_STRING:
        value = children.string(limits.tagValueBytes);
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
    found.push({ name, value: value ?? '', service: serviceTag(name) });
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
