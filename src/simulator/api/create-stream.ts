/** CreateStream. https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_CreateStream.html */
import { addStream } from './add-stream';
import type { Call } from './call';
import type { Service } from './service';
import { invalidArgument, isAbsent } from './service-error';

/** @throws {ServiceError} InvalidArgument, ResourceInUse, AccountStreamLimitExceeded */
export function createStream(service: Service, { body }: Call): unknown {
  const {
    StreamName: name,
    DataRetentionInHours: hours,
    MediaType: mediaType,
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
  const stream = addStream(service, name, {
    retentionMs: retention * 3_600_000,
    mediaType: typeof mediaType === 'string' ? mediaType : undefined,
  });
  return { StreamARN: stream.arn };
}
