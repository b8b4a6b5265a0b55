/** GetDataEndpoint, ListStreams, DescribeStream, CreateStream. https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_Operations_Amazon_Kinesis_Video_Streams.html */
import type { DataPlanes } from './data-plane';
import { ServiceError, invalidArgument, isAbsent } from './service-error';
import { answerHeadFault } from './head-fault';
import type { Operation } from '../faults/fault-book';
import type { HttpPlane, PlaneHandler } from './http-plane';
import { JavaSeconds, sendError, sendJson, sendWrongEndpoint, stringify } from './responses';
import type { Call, Service } from './service';
import type { SimulatedStream } from '../streams/stream';
import { createStream } from './create-stream';

const PATHS: Readonly<Record<string, Operation>> = {
  '/getDataEndpoint': 'GetDataEndpoint',
  '/listStreams': 'ListStreams',
  '/describeStream': 'DescribeStream',
  '/createStream': 'CreateStream',
};

const API_NAMES: readonly unknown[] = [
  'PUT_MEDIA',
  'GET_MEDIA',
  'LIST_FRAGMENTS',
  'GET_MEDIA_FOR_FRAGMENT_LIST',
  'GET_HLS_STREAMING_SESSION_URL',
  'GET_DASH_STREAMING_SESSION_URL',
  'GET_CLIP',
  'GET_IMAGES',
];

/** Users measured a page of 10 where none is asked for, and a cap of 1000. */
const DEFAULT_PAGE = 10;
const LARGEST_PAGE = 1000;

/** @param admin answers what is not the service's: false where it is not the admin's either */
export function controlPlane(
  service: Service,
  dataPlanes: DataPlanes,
  plane: () => HttpPlane,
  admin: (...args: Parameters<PlaneHandler>) => boolean,
): PlaneHandler {
  return async (request, response) => {
    if (admin(request, response)) {
      return;
    }
    if (request.path === '/getMedia') {
      sendWrongEndpoint(response, service.head(request));
      return;
    }
    const operation = request.method === 'POST' ? PATHS[request.path] : undefined;
    if (operation === undefined) {
      sendError(
        response,
        service.head(request),
        new ServiceError(
          'UnknownOperationException',
          'The requested operation is not recognized by the service.',
        ),
      );
      return;
    }
    await service.run(
      operation,
      request,
      response,
      plane(),
      (call) => {
        sendJson(response, call.head, answer(service, dataPlanes, operation, call));
      },
      (fault, call) => {
        answerHeadFault(service, fault, call);
      },
    );
  };
}

function answer(service: Service, dataPlanes: DataPlanes, operation: Operation, call: Call): string {
  if (operation === 'ListStreams') {
    return stringify(listStreams(service, call));
  }
  if (operation === 'CreateStream') {
    return stringify({ StreamARN: create(service, call).arn });
  }
  const stream = service.streamOf(call);
  if (operation === 'GetDataEndpoint' && !API_NAMES.includes(call.body['APIName'])) {
    throw invalidArgument('APIName is missing or not known.');
  }
  service.countCall(operation, stream.name);
  return operation === 'GetDataEndpoint'
    ? stringify({ DataEndpoint: dataPlanes.urlFor(stream.name, call.request) })
    : stringify({ StreamInfo: streamInfo(service, stream) });
}

function create(service: Service, { body }: Call): SimulatedStream {
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
  return createStream(service, name, {
    retentionMs: retention * 3_600_000,
    mediaType: typeof mediaType === 'string' ? mediaType : undefined,
  });
}

function listStreams(service: Service, { body }: Call): unknown {
  const { MaxResults, NextToken, StreamNameCondition: condition } = body as Record<string, unknown>;
  const prefix = readCondition(condition);
  const page = MaxResults ?? DEFAULT_PAGE;
  if (typeof page !== 'number' || !Number.isInteger(page) || page < 1 || page > 10_000) {
    throw invalidArgument('MaxResults must be from 1 to 10000.');
  }
  const names = [...service.streams.keys()].filter((name) => name.startsWith(prefix)).sort();
  const after = readToken(NextToken);
  const begin = after === undefined ? 0 : names.filter((name) => name <= after).length;
  const end = begin + Math.min(page, LARGEST_PAGE);
  const shown = names.slice(begin, end);
  const last = shown.at(-1);
  return {
    StreamInfoList: shown
      .flatMap((name) => service.streams.get(name) ?? [])
      .map((stream) => streamInfo(service, stream)),
    NextToken:
      end < names.length && last !== undefined ? Buffer.from(`after:${last}`).toString('base64') : null,
  };
}

function readCondition(condition: unknown): string {
  if (isAbsent(condition)) {
    return '';
  }
  const { ComparisonOperator, ComparisonValue } = condition as Record<string, unknown>;
  if (ComparisonOperator !== 'BEGINS_WITH' || typeof ComparisonValue !== 'string' || ComparisonValue === '') {
    throw invalidArgument(
      'StreamNameCondition needs a ComparisonOperator BEGINS_WITH and a ComparisonValue.',
    );
  }
  return ComparisonValue;
}

function readToken(token: unknown): string | undefined {
  if (isAbsent(token)) {
    return undefined;
  }
  const text = typeof token === 'string' ? Buffer.from(token, 'base64').toString('utf8') : '';
  if (!text.startsWith('after:')) {
    throw invalidArgument('NextToken is not valid.');
  }
  return text.slice('after:'.length);
}

function streamInfo(service: Service, { details }: SimulatedStream): unknown {
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
