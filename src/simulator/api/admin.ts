/**
 * The simulator's own HTTP API, on the control port under `/simulator/`: for tests in other languages, and for a
 * person with curl. It is not signed, so it answers programs on this machine only, and no web page.
 *
 *     GET    /simulator/faults            the faults that wait
 *     POST   /simulator/faults            adds one (JSON as in fault.ts); answers its id
 *     DELETE /simulator/faults[/ID]       clears all, or one
 *     GET    /simulator/streams           each stream's state
 *     POST   /simulator/streams/NAME      {"producer":"paused"} or {"producer":"running"}
 *     PUT    /simulator/streams/NAME      makes a stream: {"lastsSeconds":60,"profile":"amazon-connect","tags":{}}, all optional
 *     DELETE /simulator/streams/NAME      deletes it
 *     GET    /simulator/requests          the calls so far
 */
import type { ServerResponse } from 'node:http';
import { FaultSyntaxError, checkFault } from '../faults';
import { json, reply } from './admin-reply';
import { decoded } from './decoded';
import { deleteStream, makeStream, setProducer, streamState, type StreamMaker } from './admin-streams';
import type { PlaneRequest } from './http-plane';
import { isLocalProgram } from './loopback';
import type { Service } from './service';

const PREFIX = '/simulator/';

/** Answers an admin request; false if the request is not one. */
export function admin(
  { service, make }: { readonly service: Service; readonly make: StreamMaker },
  request: PlaneRequest,
  response: ServerResponse,
): boolean {
  if (!request.path.startsWith(PREFIX)) {
    return false;
  }
  if (!isLocalProgram(request)) {
    reply(response, 403, { Message: 'The admin API answers programs on this machine alone.' });
    return true;
  }
  const [subject = '', ...rest] = request.path.slice(PREFIX.length).split('/').map(decoded);
  const name = rest.join('/');
  switch (`${request.method} ${subject}`) {
    case 'GET faults':
      reply(response, 200, { faults: service.faults.list() });
      break;
    case 'POST faults':
      addFault(service, request, response);
      break;
    case 'DELETE faults':
      reply(response, 200, { cleared: name === '' ? service.faults.clear() : service.faults.clear(name) });
      break;
    case 'GET streams':
      reply(response, 200, { streams: [...service.streams.keys()].map((key) => streamState(service, key)) });
      break;
    case 'PUT streams':
      makeStream(service, make, name, request, response);
      break;
    case 'DELETE streams':
      deleteStream(service, name, response);
      break;
    case 'POST streams':
      setProducer(service, name, request, response);
      break;
    case 'GET requests':
      reply(response, 200, { requests: service.stats.requests });
      break;
    default:
      reply(response, 404, { Message: `There is no ${request.method} ${request.path}.` });
  }
  return true;
}

function addFault(service: Service, request: PlaneRequest, response: ServerResponse): void {
  try {
    reply(response, 201, { id: service.faults.add(checkFault(json(request.body))) });
  } catch (error) {
    if (!(error instanceof FaultSyntaxError || error instanceof SyntaxError)) {
      throw error;
    }
    reply(response, 400, { Message: error.message });
  }
}
