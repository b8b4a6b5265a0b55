/** Collects the tags of a chunk: the service's own wherever they stand, a producer's as far as there is room for them. */
import { FRAGMENT_NUMBER_PATTERN } from '../options';
import { hasEbmlHeader } from './ebml-header-search';
import { SIMPLE_TAG, TAG_BINARY, TAG_NAME, TAG_STRING } from './ids';
import type { Limits } from './limits';
import type { Children } from './master';
import { serviceTag, type ServiceTag } from './service-tags';
import type { LeftOutTag } from './types';

/** A producer's tag. */
export interface Tag {
  readonly name: string;
  readonly value: string;
}

/** What one Tags element says. */
export interface ElementTags {
  /** A producer's, in their order; nested ones follow their parent. */
  readonly tags: readonly Tag[];
  /** The service's: where it repeats one, the last value that makes sense. */
  readonly service: ReadonlyMap<ServiceTag, string>;
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
export class TagCollector {
  /** Of the chunk so far. */
  #count = 0;
  #bytes = 0;

  #tags: Tag[] = [];
  #service = new Map<ServiceTag, string>();
  #leftOut: LeftOutTag[] = [];
  #leftOutCount = 0;

  constructor(private readonly limits: TagLimits) {}

  openChunk(): void {
    this.#count = 0;
    this.#bytes = 0;
  }

  /** A Tags element begins. What one before it had counts for nothing if it did not end. */
  begin(): void {
    this.#tags = [];
    this.#service = new Map();
    this.#leftOut = [];
    this.#leftOutCount = 0;
  }

  /** Reads a SimpleTag. Throws `MalformedMediaError`. */
  read(simpleTag: Children): void {
    this.#read(simpleTag, 1);
  }

  /** The Tags element ends. */
  end(): ElementTags {
    return {
      tags: this.#tags,
      service: this.#service,
      leftOut: this.#leftOut,
      leftOutCount: this.#leftOutCount,
    };
  }

  #read(children: Children, depth: number): void {
    const { tagNameBytes, tagValueBytes, tagDepth } = this.limits;
    let name: string | undefined;
    let value: string | undefined;
    let bytes = 0;
    let isTooLarge = depth > tagDepth;
    let isBinary = false;
    let hasNested = false;
    const text = (maxBytes: number, shownBytes: number): string => {
      const size = children.end - children.start;
      bytes += size;
      if (size <= maxBytes) {
        return children.string(maxBytes);
      }
      isTooLarge = true;
      if (hasEbmlHeader(children.bytes.subarray(children.start, children.end))) {
        throw children.malformed('a tag with an EBML header in it, so that its size must be wrong');
      }
      return children.beginning(shownBytes);
    };
    while (!children.isOverBudget && children.next()) {
      switch (children.id) {
        case TAG_NAME:
          name = text(tagNameBytes, Math.min(tagNameBytes, SHOWN_NAME_BYTES));
          break;
        case TAG_STRING:
          value = text(tagValueBytes, 0);
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
    isTooLarge ||= children.isOverBudget;
    if (name !== undefined && (value !== undefined || !isBinary)) {
      this.#add(name, value ?? '', bytes, isTooLarge);
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

  #add(name: string, value: string, bytes: number, isTooLarge: boolean): void {
    const service = isTooLarge ? undefined : serviceTag(name);
    if (service !== undefined) {
      if (makesSense(service, value)) {
        this.#service.set(service, value);
      }
      return;
    }
    const { tags, tagsBytes } = this.limits;
    if (isTooLarge || this.#count >= tags || this.#bytes + bytes > tagsBytes) {
      this.#leftOutCount += 1;
      if (this.#leftOut.length < MOST_LEFT_OUT_NAMED) {
        this.#leftOut.push({ name, sizeInBytes: bytes });
      }
      return;
    }
    this.#count += 1;
    this.#bytes += bytes;
    this.#tags.push({ name, value });
  }
}

function makesSense(service: ServiceTag, value: string): boolean {
  switch (service) {
    case 'FragmentNumber':
      // What is not one could not be compared nor asked for.
      return FRAGMENT_NUMBER_PATTERN.test(value);
    case 'ServerTimestamp':
    case 'ProducerTimestamp':
      return parseSeconds(value) !== undefined;
    default:
      return true;
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
