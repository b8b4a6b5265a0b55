/**
 * GetResources of the Resource Groups Tagging API, for streams. What TagStream has set is found at once; in AWS it takes
 * a while. https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
 */
import type { ResourceTags } from '../streams';
import type { Call } from './call';
import type { Service } from './service';
import { ServiceError, isAbsent } from './service-error';

const LARGEST_PAGE = 100;
const MOST_FILTERS = 50;
/** In one filter. */
const MOST_VALUES = 20;
const STREAMS: readonly unknown[] = ['kinesisvideo', 'kinesisvideo:stream'];

interface TagFilter {
  readonly key: string;
  /** A stream matches with one of these values, or with any value where the list is empty. */
  readonly values: readonly unknown[];
}

/** @throws {ServiceError} InvalidParameterException */
export function getResources(service: Service, { body }: Call): unknown {
  const { PaginationToken: token, ResourcesPerPage: size, TagFilters, ResourceTypeFilters } = body;
  const page = size ?? LARGEST_PAGE;
  if (typeof page !== 'number' || !Number.isInteger(page) || page < 1 || page > LARGEST_PAGE) {
    throw invalidParameter(`ResourcesPerPage must be from 1 to ${LARGEST_PAGE}.`);
  }
  const filters = list('TagFilters', TagFilters, MOST_FILTERS).map(readFilter);
  const types = list('ResourceTypeFilters', ResourceTypeFilters, LARGEST_PAGE);
  const after = readPaginationToken(token);
  const wantsStreams = types.length === 0 || types.some((type) => STREAMS.includes(type));
  const found = [...(wantsStreams ? service.streams.values() : [])]
    .filter(({ details }) => matches(details.resourceTags, filters))
    .filter(({ arn }) => arn > after)
    .sort((a, b) => (a.arn < b.arn ? -1 : 1));
  const shown = found.slice(0, page);
  const last = shown.at(-1);
  return {
    PaginationToken:
      last !== undefined && found.length > page ? Buffer.from(last.arn).toString('base64') : '',
    ResourceTagMappingList: shown.map(({ arn, details }) => ({
      ResourceARN: arn,
      Tags: [...details.resourceTags].map(([Key, Value]) => ({ Key, Value })),
    })),
  };
}

/** Resources without tags are never found. */
function matches(tags: ResourceTags, filters: readonly TagFilter[]): boolean {
  const hasTag = ({ key, values }: TagFilter) =>
    tags.has(key) && (values.length === 0 || values.includes(tags.get(key)));
  return tags.size > 0 && filters.every(hasTag);
}

function readFilter(filter: unknown): TagFilter {
  const { Key, Values } = (filter ?? {}) as Record<string, unknown>;
  if (typeof Key !== 'string' || Key === '') {
    throw invalidParameter('A tag filter needs a Key.');
  }
  return { key: Key, values: list('Values', Values, MOST_VALUES) };
}

function list(name: string, value: unknown, most: number): readonly unknown[] {
  if (isAbsent(value)) {
    return [];
  }
  if (!Array.isArray(value) || value.length > most) {
    throw invalidParameter(`${name} must be a list of at most ${most} items.`);
  }
  return value;
}

/** The ARN after which the page begins; empty for the first. */
function readPaginationToken(token: unknown): string {
  const arn = typeof token === 'string' ? Buffer.from(token, 'base64').toString('utf8') : '';
  if (!isAbsent(token) && token !== '' && !arn.startsWith('arn:')) {
    throw invalidParameter('PaginationToken is not valid.');
  }
  return arn;
}

function invalidParameter(message: string): ServiceError {
  return new ServiceError('InvalidParameterException', message);
}
