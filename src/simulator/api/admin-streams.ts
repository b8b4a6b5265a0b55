/** Streams by the admin API: their state, those that come and go, and their producers. */
import type { ServerResponse } from 'node:http';
import { PROFILES, type Profile } from '../media';
import { json, reply } from './admin-reply';
import type { PlaneRequest } from './http-plane';
import type { Service } from './service';
import { ServiceError, isAbsent } from './service-error';
import { readTags } from './tag-rules';

/** A live stream that is made while the simulator runs. */
export interface MadeStream {
  readonly name: string;
  readonly profile?: Profile;
  /** Its producer ends after so long, ms. */
  readonly lastsMs?: number;
  readonly resourceTags?: Readonly<Record<string, string>>;
}

/** Makes a stream and begins its producer. @throws {RangeError} for a malformed name */
export type StreamMaker = (options: MadeStream) => unknown;

export function makeStream(
  service: Service,
  make: StreamMaker,
  name: string,
  request: PlaneRequest,
  response: ServerResponse,
): void {
  if (service.streams.has(name)) {
    reply(response, 409, { Message: `There is a stream "${name}" already.` });
    return;
  }
  try {
    make({ name, ...readMadeStream(request.body.length === 0 ? {} : json(request.body)) });
    reply(response, 201, streamState(service, name));
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof SyntaxError || error instanceof ServiceError)) {
      throw error;
    }
    reply(response, 400, { Message: error.message });
  }
}

/** @throws {RangeError} */
function readMadeStream(value: unknown): Omit<MadeStream, 'name'> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RangeError('A stream is described by an object.');
  }
  const { profile, lastsSeconds, tags, ...others } = value as Record<string, unknown>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new RangeError(`A stream has no "${unknown}". It has: profile, lastsSeconds, tags.`);
  }
  const known = PROFILES.find((item) => item === profile);
  if (!isAbsent(profile) && known === undefined) {
    throw new RangeError(`profile is one of ${PROFILES.join(', ')}.`);
  }
  if (!isAbsent(lastsSeconds) && !(typeof lastsSeconds === 'number' && lastsSeconds > 0)) {
    throw new RangeError('lastsSeconds must be more than 0.');
  }
  return {
    ...(known === undefined ? {} : { profile: known }),
    ...(typeof lastsSeconds === 'number' ? { lastsMs: lastsSeconds * 1000 } : {}),
    ...(isAbsent(tags) ? {} : { resourceTags: Object.fromEntries(readTags(tags)) }),
  };
}

export function deleteStream(service: Service, name: string, response: ServerResponse): void {
  if (!service.streams.has(name)) {
    replyUnknown(response, name);
    return;
  }
  service.removeStream(name);
  reply(response, 200, { deleted: name });
}

export function setProducer(
  service: Service,
  name: string,
  request: PlaneRequest,
  response: ServerResponse,
): void {
  const stream = service.streams.get(name);
  if (stream === undefined) {
    replyUnknown(response, name);
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
  reply(response, 200, streamState(service, name));
}

export function streamState(service: Service, name: string): unknown {
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

function replyUnknown(response: ServerResponse, name: string): void {
  reply(response, 404, { Message: `There is no stream "${name}".` });
}
