/**
 * The simulator's own HTTP API, on the control port under `/simulator/`: for tests in other languages, and for a
 * person with curl. It is not signed, so it answers programs on this machine only, and no web page.
 *
 *     GET    /simulator/faults            the faults that wait
 *     POST   /simulator/faults            adds one (JSON as in fault.ts); answers its id
 *     DELETE /simulator/faults[/ID]       clears all, or one
 *     GET    /simulator/streams           each stream's state
 *     POST   /simulator/streams/NAME      {"producer":"paused"} or {"producer":"running"}
 *     GET    /simulator/requests          the calls so far
 */
import type { ServerResponse } from 'node:http';
import { FaultSyntaxError, checkFault } from '../faults';
import type { PlaneRequest } from './http-plane';
import { isLocalProgram } from './loopback';
import { printable } from '../../printable';
import type { Service } from './service';

const PREFIX = '/simulator/';

/** Answers an admin request; false if the request is not one. */
export function admin(service: Service, request: PlaneRequest, response: ServerResponse): boolean {
  if (!request.path.startsWith(PREFIX)) {
    return false;
  }
  if (!isLocalProgram(request)) {
    reply(response, 403, { Message: 'The admin API answers programs on this machine alone.' });
    return true;
  }
  const [subject = '', ...rest] = request.path.slice(PREFIX.length).split('/').map(decodeURIComponent);
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
      reply(response, 200, { streams: [...service.streams.keys()].map((key) => state(service, key)) });
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

function setProducer(service: Service, name: string, request: PlaneRequest, response: ServerResponse): void {
  const stream = service.streams.get(name);
  if (stream === undefined) {
    reply(response, 404, { Message: `There is no stream "${name}".` });
    return;
  }
  const text = request.body.toString('utf8');
  const wanted = /"producer"\s*:\s*"(paused|running)"/.exec(text)?.[1];
  if (wanted === undefined) {
    reply(response, 400, { Message: 'Send {"producer":"paused"} or {"producer":"running"}.' });
    return;
  }
  if (wanted === 'paused') {
    stream.pauseProducer();
  } else {
    stream.resumeProducer();
  }
  reply(response, 200, state(service, name));
}

function state(service: Service, name: string): unknown {
  const stream = service.streams.get(name);
  const stats = service.stats.of(name);
  const fragments = stream?.fragments ?? [];
  return {
    StreamName: name,
    StreamARN: stream?.arn,
    producer: stream?.connected === true ? 'connected' : stream?.producing === true ? 'running' : 'paused',
    fragments: fragments.length + (stream?.recordedCount ?? 0),
    oldest: stream?.oldest?.FragmentNumber ?? null,
    newest: fragments.at(-1)?.FragmentNumber ?? null,
    openConnections: stats.openConnections,
    peakConnections: stats.peakConnections,
    openListConnections: stats.openListConnections,
    peakListConnections: stats.peakListConnections,
    calls: stats.calls,
    busiestSecond: stats.busiestSecond,
  };
}

function json(body: Buffer): unknown {
  return JSON.parse(body.toString('utf8'));
}

function reply(response: ServerResponse, statusCode: number, value: unknown): void {
  response.writeHead(statusCode, { 'Content-Type': 'application/json' });
  // A person reads this in a terminal; what JSON leaves as it is may still be obeyed there.
  const lines = JSON.stringify(value, null, 2).split('\n');
  response.end(`${lines.map((line) => printable(line, Infinity)).join('\n')}\n`);
}
