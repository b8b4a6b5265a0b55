/** CreateStream. https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_CreateStream.html */
import { addStream } from './add-stream';
import type { Call } from './call';
import type { Service } from './service';
import { invalidArgument, isAbsent } from './service-error';
import { readTags } from './tag-rules';

/** @throws {ServiceError} InvalidArgument, ResourceInUse, AccountStreamLimitExceeded, ClientLimitExceeded, TagsPerResourceExceededLimit */
export function createStream(service: Service, { body }: Call): unknown {
  const {
    StreamName: name,
    DataRetentionInHours: hours,
    MediaType: mediaType,
    Tags: tags,
  } = body as Record<string, unknown>;
  const retention = hours ?? 0;
  if (typeof name !== 'string') {
    throw invalidArgument('StreamName must not be null.');
  }
  if (typeof retention !== 'number' || !Number.isInteger(retention) || retention < 0 || retention > 87_600) {
    throw invalidArgument('DataRetentionInHours must be from 0 to 87600.');
  }
  if (!isAbsent(mediaType) && !(typeof mediaType === 'string' && mediaType.length <= 128)) {
    throw invalidArgument('MediaType must have at most 128 characters.');
  }
  const resourceTags = isAbsent(tags) ? new Map<string, string>() : readTags(tags);
  service.countCall('CreateStream');
  const stream = addStream(service, name, {
    resourceTags,
    retentionMs: retention * 3_600_000,
    mediaType: typeof mediaType === 'string' ? mediaType : undefined,
  });
  return { StreamARN: stream.arn };
}
