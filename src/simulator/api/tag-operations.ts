/** TagStream, UntagStream and ListTagsForStream. https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_TagStream.html */
import type { Call } from './call';
import { readNextToken, writeNextToken } from './next-token';
import type { Service } from './service';
import { checkCount, readKeys, readTags } from './tag-rules';

/** Tags of one page; the service does not say how many it lists. */
const PAGE = 25;

/** @throws {ServiceError} InvalidArgument, ResourceNotFound, ClientLimitExceeded, TagsPerResourceExceededLimit */
export function tagStream(service: Service, call: Call): unknown {
  const stream = service.streamOf(call);
  const added = readTags(call.body['Tags']);
  service.countCall('TagStream', stream.name);
  const resourceTags = checkCount(new Map([...stream.details.resourceTags, ...added]));
  stream.details = { ...stream.details, resourceTags };
  return {};
}

/** @throws {ServiceError} InvalidArgument, ResourceNotFound, ClientLimitExceeded */
export function untagStream(service: Service, call: Call): unknown {
  const stream = service.streamOf(call);
  const keys = readKeys(call.body['TagKeyList']);
  service.countCall('UntagStream', stream.name);
  const resourceTags = new Map([...stream.details.resourceTags].filter(([key]) => !keys.includes(key)));
  stream.details = { ...stream.details, resourceTags };
  return {};
}

/** @throws {ServiceError} InvalidArgument, ResourceNotFound, ClientLimitExceeded */
export function listTagsForStream(service: Service, call: Call): unknown {
  const stream = service.streamOf(call);
  const after = readNextToken(call.body['NextToken']);
  service.countCall('ListTagsForStream', stream.name);
  const left = [...stream.details.resourceTags]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .filter(([key]) => after === undefined || key > after);
  const page = left.slice(0, PAGE);
  const [last] = page.at(-1) ?? [];
  return {
    NextToken: last !== undefined && left.length > page.length ? writeNextToken(last) : null,
    Tags: Object.fromEntries(page),
  };
}
