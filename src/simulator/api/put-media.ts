/** PutMedia as the service has it: signed, one Cluster a fragment. https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_dataplane_PutMedia.html */
import { ERROR_NAMES, type TimeSettings } from '../ingest';
import type { Call } from './call';
import { openSession, readProducerStart } from './producer-session';
import type { Service } from './service';
import { invalidArgument } from './service-error';

/**
 * Answers a PutMedia call.
 *
 * @throws {ServiceError} for what is wrong with the call itself; what is wrong with the media is acknowledged
 */
export function putMedia(service: Service, call: Call): void {
  const stream = service.streamOf(call);
  const time = timeSettings(call.request.headers);
  service.countCall('PutMedia', stream.name);
  const session = openSession(service, call, stream, {
    cutAt: 'clusters',
    time,
    acknowledgements: call.request.headers['x-amzn-fragment-acknowledgment-required'] !== '0',
    onEnd: (error) => {
      if (error !== undefined) {
        service.record(call, call.response.statusCode, ERROR_NAMES[error.errorId]);
      }
    },
  });
  session.start({ headAtOnce: true });
}

/** @throws {ServiceError} InvalidArgumentException */
function timeSettings(given: Readonly<Record<string, unknown>>): TimeSettings {
  const timecodeType = given['x-amzn-fragment-timecode-type'];
  if (timecodeType !== 'ABSOLUTE' && timecodeType !== 'RELATIVE') {
    throw invalidArgument('x-amzn-fragment-timecode-type must be ABSOLUTE or RELATIVE.');
  }
  const producerStart = readProducerStart(given);
  if (producerStart === undefined && timecodeType === 'RELATIVE') {
    throw invalidArgument('x-amzn-producer-start-timestamp must be given for RELATIVE timecodes.');
  }
  return { timecodeType, producerStart };
}
