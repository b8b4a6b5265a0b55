/** GetMediaForFragmentList. https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_reader_GetMediaForFragmentList.html */
import { FRAGMENT_NUMBER_PATTERN } from '../../options';
import { isFragmentNumber, type SimulatedStream } from '../streams';
import { isReadable } from './archive-visibility';
import { ArchivedBody } from './archived-body';
import type { Call } from './call';
import { openMediaResponse } from './open-media-response';
import type { Service } from './service';
import { ServiceError, invalidArgument } from './service-error';

const MOST_FRAGMENTS = 1000;

/** @throws {ServiceError} InvalidArgument, ResourceNotFound, ClientLimitExceeded, FragmentLimitExceeded */
export function getMediaForFragmentList(service: Service, call: Call): void {
  const { options, stats } = service;
  const { archive, clock, random } = options;
  const stream = service.streamOf(call);
  const FragmentNumbers = readNumbers(call.body['Fragments']);
  call.selector = { Fragments: FragmentNumbers.length };
  const invalid = FragmentNumbers.filter((number) => !belongsTo(service, stream, number));
  if (invalid.length > 0) {
    throw invalidArgument(`Fragment numbers are invalid : [${invalid.join(', ')}]`);
  }
  service.takePoints('media', FragmentNumbers.length, stream.name);
  if (stats.openConnections('GetMediaForFragmentList', stream.name) >= archive.connectionsPerStream) {
    throw new ServiceError(
      'ClientLimitExceededException',
      `Limit exceeded on number of concurrent GetMediaForFragmentList connections for stream '${stream.name}'`,
    );
  }
  const find = (number: string) => {
    const fragment = stream.find(number);
    return fragment !== undefined && isReadable(archive, fragment, clock.now()) ? fragment : undefined;
  };
  openMediaResponse(
    service,
    call,
    'GetMediaForFragmentList',
    stream,
    (parts) => new ArchivedBody({ ...parts, FragmentNumbers, find, random }),
  );
}

function readNumbers(given: unknown): string[] {
  if (!Array.isArray(given) || given.length === 0) {
    throw invalidArgument('Fragments must have at least 1 fragment number.');
  }
  if (given.length > MOST_FRAGMENTS) {
    throw new ServiceError(
      'FragmentLimitExceededException',
      `Fragments must have at most ${MOST_FRAGMENTS} fragment numbers.`,
    );
  }
  const numbers = given.filter(
    (number): number is string => typeof number === 'string' && FRAGMENT_NUMBER_PATTERN.test(number),
  );
  if (numbers.length < given.length) {
    throw invalidArgument('Fragments must be numbers of 1 to 128 digits.');
  }
  return numbers;
}

/** False for a number of another stream, and for what is no fragment number at all. */
function belongsTo({ streams }: Service, stream: SimulatedStream, number: string): boolean {
  return (
    stream.find(number) !== undefined ||
    (isFragmentNumber(number) && ![...streams.values()].some((other) => other.find(number) !== undefined))
  );
}
