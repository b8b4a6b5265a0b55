/** DeleteStream. https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_DeleteStream.html */
import type { SimulatedStream } from '../streams';
import type { Call } from './call';
import type { Service } from './service';
import { ServiceError, invalidArgument, isAbsent } from './service-error';

/** @throws {ServiceError} InvalidArgument, ResourceNotFound, VersionMismatch, ClientLimitExceeded */
export function deleteStream(service: Service, call: Call): unknown {
  if (typeof call.body['StreamARN'] !== 'string') {
    throw invalidArgument('StreamARN must not be null.');
  }
  const stream = service.streamOf(call);
  service.countCall('DeleteStream', stream.name);
  if (!isAbsent(call.body['CurrentVersion'])) {
    checkVersion(stream, call);
  }
  service.removeStream(stream.name);
  return {};
}

/** @throws {ServiceError} VersionMismatchException */
export function checkVersion({ name, details }: SimulatedStream, { body }: Call): void {
  if (body['CurrentVersion'] !== details.version) {
    throw new ServiceError(
      'VersionMismatchException',
      `The CurrentVersion is not the latest version of the stream ${name}.`,
    );
  }
}
