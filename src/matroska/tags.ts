/** Collects the tags of a chunk: the service's own wherever they stand, a producer's as far as there is room for them. */
import { hasEbmlHeader, MOST_BYTES_SEARCHED } from './ebml-header-search';
import { SIMPLE_TAG, TAG_BINARY, TAG_NAME, TAG_STRING } from './ids';
import type { Limits } from './limits';
import type { Children } from './master';
import { serviceTag, serviceTagName, type ServiceTag } from './service-tags';
import type { LeftOutTag } from './types';

/** A producer's tag. */
export interface Tag {
  readonly name: string;
  readonly value: string;
}

/** One of the service's tags. */
export interface ServiceValue {
  readonly service: ServiceTag;
  value: string;
}

/** What one Tags element says. */
export interface ElementTags {
  /** A producer's, in their order; nested ones follow their parent. */
  readonly tags: readonly Tag[];
  /** The service's, each once: where it is repeated, the last value. */
  readonly service: readonly ServiceValue[];
  /** The first ones of those that are too large, or for which there was no room, and the number of all of them. */
  readonly leftOut: readonly LeftOutTag[];
  readonly leftOutCount: number;
}

/** What a report shows of a name that is too long. */
const SHOWN_NAME_BYTES = 64;
/** More names help nobody, and there may be very many. */
export const MOST_LEFT_OUT_NAMED = 10;

type TagLimits = Pick<Limits, 'tagNameBytes' | 'tagValueBytes' | 'tagsBytes' | 'tags' | 'tagDepth'>;

/**
 * Collects the SimpleTags (RFC 9559, section 5.1.8) of one chunk, Tags element by Tags element. Targets are not looked
 * at: the service's own tags have none, and a producer's are told apart by name. A tag without a name, or with a binary
 * value alone, is passed over; one without a value has the empty one.
 */
export class TagCollector implements ElementTags {
  /** What the current Tags element says so far: the same arrays for all elements. */
  readonly tags: Tag[] = [];
  readonly service: ServiceValue[] = [];
  readonly leftOut: LeftOutTag[] = [];
  leftOutCount = 0;

  /** Tags of the chunk so far, and the bytes of their names and values. */
  #count = 0;
  #bytes = 0;
  /** Size of the current tag's name and value, and whether they are too large. */
  #textBytes = 0;
  #isTooLarge = false;

  constructor(private readonly limits: TagLimits) {}

  openChunk(): void {
    this.#count = 0;
    this.#bytes = 0;
  }

  /** A Tags element begins. The content of one before it is dropped if that one did not end. */
  begin(): void {
    this.service.length = 0;
    if (this.tags.length > 0) {
      this.tags.length = 0;
    }
    if (this.leftOutCount > 0) {
      this.leftOut.length = 0;
      this.leftOutCount = 0;
    }
  }

  /** Reads a SimpleTag. Throws `MalformedMediaError`. */
  read(simpleTag: Children): void {
    this.#read(simpleTag, 1);
  }

  #read(children: Children, depth: number): void {
    const { tagValueBytes, tagDepth } = this.limits;
    let name: string | undefined;
    let value: string | undefined;
    let isBinary = false;
    let hasNested = false;
    this.#textBytes = 0;
    this.#isTooLarge = depth > tagDepth;
    while (!children.isOverBudget && children.next()) {
      switch (children.id) {
        case TAG_NAME:
          name = this.#name(children);
          break;
        case TAG_STRING:
          value = this.#text(children, tagValueBytes, 0);
          break;
        case TAG_BINARY:
          isBinary = true;
          break;
        case SIMPLE_TAG:
          hasNested = true;
          break;
        default:
      }
    }
    this.#isTooLarge ||= children.isOverBudget;
    if (name !== undefined && (value !== undefined || !isBinary)) {
      this.#add(name, value ?? '');
    }
    if (hasNested && depth <= tagDepth) {
      // A second pass, since the name may come after the tags within.
      children.restart();
      while (!children.isOverBudget && children.next()) {
        if (children.id === SIMPLE_TAG) {
          this.#read(children.inner(), depth + 1);
        }
      }
    }
  }

  #name(children: Children): string {
    const name = serviceTagName(children.bytes, children.start, children.end);
    if (name !== undefined) {
      this.#textBytes += name.length;
      return name;
    }
    const { tagNameBytes } = this.limits;
    return this.#text(children, tagNameBytes, Math.min(tagNameBytes, SHOWN_NAME_BYTES));
  }

  #text(children: Children, maxBytes: number, shownBytes: number): string {
    const size = children.end - children.start;
    this.#textBytes += size;
    if (size <= maxBytes) {
      return children.string(maxBytes);
    }
    this.#isTooLarge = true;
    // What is larger has been searched as it came.
    if (size <= MOST_BYTES_SEARCHED && hasEbmlHeader(children.bytes.subarray(children.start, children.end))) {
      throw children.malformed('tagWithHeader');
    }
    return children.beginning(shownBytes);
  }

  #add(name: string, value: string): void {
    const isTooLarge = this.#isTooLarge;
    const service = isTooLarge ? undefined : serviceTag(name);
    if (service !== undefined) {
      this.#addService(service, value);
      return;
    }
    const bytes = this.#textBytes;
    const { tags, tagsBytes } = this.limits;
    if (isTooLarge || this.#count >= tags || this.#bytes + bytes > tagsBytes) {
      this.leftOutCount += 1;
      if (this.leftOut.length < MOST_LEFT_OUT_NAMED) {
        this.leftOut.push({ name, sizeInBytes: bytes });
      }
      return;
    }
    this.#count += 1;
    this.#bytes += bytes;
    this.tags.push({ name, value });
  }

  #addService(service: ServiceTag, value: string): void {
    for (const known of this.service) {
      if (known.service === service) {
        known.value = value;
        return;
      }
    }
    this.service.push({ service, value });
  }
}

const MOST_SECONDS_DIGITS = 13;
/** A decimal point, as the digit that it is not. */
const POINT = 0x2e - 0x30;

/**
 * `seconds.mmm` to ms, digit by digit, since 1519423069.070 has no exact double. Further digits are cut off. Undefined
 * for anything else.
 */
export function parseSeconds(text: string): number | undefined {
  let ms = 0;
  let digits = 0;
  /** Digits after the point; below 0 before it. */
  let fraction = -1;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit === POINT && fraction < 0) {
      fraction = 0;
    } else if (digit < 0 || digit > 9) {
      return undefined;
    } else if (fraction < 0) {
      ms = ms * 10 + digit;
      digits += 1;
    } else {
      ms = fraction < 3 ? ms * 10 + digit : ms;
      fraction += 1;
    }
  }
  for (let missing = Math.max(fraction, 0); missing < 3; missing++) {
    ms *= 10;
  }
  return digits > 0 && digits <= MOST_SECONDS_DIGITS && Number.isSafeInteger(ms) ? ms : undefined;
}

const INTEGER = /^-?\d{1,15}$/;

export function parseInteger(text: string): number | undefined {
  return INTEGER.test(text) ? Number(text) : undefined;
}
