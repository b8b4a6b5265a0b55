/** DescribeStream, and the StreamInfo that ListStreams has too. https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_DescribeStream.html */
import type { SimulatedStream } from '../streams';
import type { Call } from './call';
import { JavaSeconds } from './responses';
import type { Service } from './service';

/** @throws {ServiceError} InvalidArgument, ResourceNotFound, ClientLimitExceeded */
export function describeStream(service: Service, call: Call): unknown {
  const stream = service.streamOf(call);
  service.countCall('DescribeStream', stream.name);
  return { StreamInfo: streamInfo(service, stream) };
}

export function streamInfo(service: Service, { details }: SimulatedStream): unknown {
  const [, , , region, account] = details.arn.split(':');
  return {
    DeviceName: null,
    StreamName: details.name,
    StreamARN: details.arn,
    MediaType: details.mediaType ?? null,
    KmsKeyId: `arn:aws:kms:${region ?? ''}:${account ?? service.options.accountId}:alias/aws/kinesisvideo`,
    Version: details.version,
    Status: 'ACTIVE',
    CreationTime: new JavaSeconds(details.createdAt),
    DataRetentionInHours: Math.ceil(details.retentionMs / 3_600_000),
    IngestionConfiguration: null,
  };
}
