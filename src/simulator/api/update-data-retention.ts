/** UpdateDataRetention. https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_UpdateDataRetention.html */
import { versionId } from './add-stream';
import type { Call } from './call';
import { checkVersion } from './delete-stream';
import type { Service } from './service';
import { invalidArgument } from './service-error';

const HOUR = 3_600_000;
const MOST_HOURS = 87_600;

/** @throws {ServiceError} InvalidArgument, ResourceNotFound, VersionMismatch, ClientLimitExceeded */
export function updateDataRetention(service: Service, call: Call): unknown {
  const stream = service.streamOf(call);
  const { CurrentVersion: version, Operation: operation, DataRetentionChangeInHours: hours } = call.body;
  if (typeof version !== 'string' || version === '') {
    throw invalidArgument('CurrentVersion must not be null.');
  }
  if (operation !== 'INCREASE_DATA_RETENTION' && operation !== 'DECREASE_DATA_RETENTION') {
    throw invalidArgument('Operation is INCREASE_DATA_RETENTION or DECREASE_DATA_RETENTION.');
  }
  if (typeof hours !== 'number' || !Number.isInteger(hours) || hours < 1) {
    throw invalidArgument('DataRetentionChangeInHours must be a whole number of at least 1.');
  }
  service.countCall('UpdateDataRetention', stream.name);
  checkVersion(stream, call);
  const change = operation === 'INCREASE_DATA_RETENTION' ? hours : -hours;
  const retentionMs = stream.details.retentionMs + change * HOUR;
  if (retentionMs < 0 || retentionMs > MOST_HOURS * HOUR) {
    throw invalidArgument(`The retention of a stream must be from 0 to ${MOST_HOURS} hours.`);
  }
  stream.details = { ...stream.details, retentionMs, version: versionId(service.options.random) };
  return {};
}
