/**
 * A camera or a file without AWS's signatures, for programs on this machine alone:
 *
 *     ffmpeg … -f matroska - | curl -T - http://127.0.0.1:4567/streams/NAME
 *
 * Not signed; the stream is made if there is none; fragments are cut at key frames whatever the Clusters
 * (`?cut=clusters`: as PutMedia does). PutMedia's headers may be given. The answer is PutMedia's acknowledgements, or
 * an HTTP error in words.
 */
import type { ServerResponse } from 'node:http';
import { ERROR_NAMES } from '../ingest';
import { addStream } from './add-stream';
import type { Call } from './call';
import { decoded } from './decoded';
import type { HttpPlane, PlaneRequest } from './http-plane';
import { isLocalProgram } from './loopback';
import { openSession, readProducerStart } from './producer-session';
import { sendJson } from './responses';
import type { Service } from './service';
import { ServiceError, invalidArgument } from './service-error';

const PREFIX = '/streams/';

/** Whether a path is one to push to. */
export function isPush(path: string): boolean {
  return path.startsWith(PREFIX);
}

/** What may be pushed to. */
export interface PushContext {
  readonly service: Service;
  readonly plane: HttpPlane;
  /** The simulator listens on a loopback address: nothing unsigned is taken otherwise. */
  readonly enabled: boolean;
}

/** Answers a push; false if the request is not a push. */
export function push(
  { service, plane, enabled }: PushContext,
  request: PlaneRequest,
  response: ServerResponse,
): boolean {
  if (!isPush(request.path)) {
    return false;
  }
  const head = service.head(request);
  const stream = decoded(request.path.slice(PREFIX.length));
  const call: Call = {
    operation: 'PutMedia',
    ...{ request, response, plane, head, body: {}, stream },
  };
  const refuse = (error: ServiceError, details: object = {}) => {
    sendJson(response, head, `${JSON.stringify({ Message: error.message, ...details })}\n`, error.statusCode);
    service.record(call, error.statusCode, error.ErrorType);
  };
  try {
    if (!enabled || !isLocalProgram(request)) {
      throw new ServiceError(
        'AccessDeniedException',
        'Only a simulator that listens on a loopback address takes media without a signature, and from programs on the same machine alone. Use PutMedia.',
      );
    }
    if (request.method !== 'PUT' && request.method !== 'POST') {
      throw new ServiceError('MethodNotAllowed', `Send media to ${request.path} with PUT or POST.`, 405);
    }
    const cut = new URL(request.url, 'http://localhost').searchParams.get('cut') ?? 'key-frames';
    if (cut !== 'key-frames' && cut !== 'clusters') {
      throw invalidArgument('cut is key-frames or clusters.');
    }
    const type = request.headers['x-amzn-fragment-timecode-type'];
    if (type !== undefined && type !== 'ABSOLUTE' && type !== 'RELATIVE') {
      throw invalidArgument('x-amzn-fragment-timecode-type must be ABSOLUTE or RELATIVE.');
    }
    const producerStart = readProducerStart(request.headers);
    const former = service.streams.get(stream);
    const target = former ?? addStream(service, stream, {});
    if (target.producing) {
      throw new ServiceError(
        'ConnectionLimitExceededException',
        `Stream "${stream}" has a producer of the simulator's own. Push to another name, or pause it: curl -d '{"producer":"paused"}' ${plane.url}/simulator/streams/${stream}`,
      );
    }
    const session = openSession(service, call, target, {
      cutAt: cut,
      time: { timecodeType: type, producerStart },
      acknowledgements: true,
      refuse: (error) => {
        // Nothing was written to the new stream, so it is removed again.
        if (former === undefined && target.nextPosition === 0) {
          service.streams.delete(stream);
        }
        refuse(new ServiceError(ERROR_NAMES[error.errorId], error.message, 400), {
          ErrorId: error.errorId,
          ErrorCode: ERROR_NAMES[error.errorId],
        });
      },
      onHead: () => {
        service.record(call, 200);
      },
      onEnd: (error) => {
        if (error !== undefined && response.headersSent) {
          service.record(call, response.statusCode, ERROR_NAMES[error.errorId]);
        }
      },
    });
    session.start();
  } catch (error) {
    if (!(error instanceof ServiceError)) {
      throw error;
    }
    refuse(error);
  }
  return true;
}
