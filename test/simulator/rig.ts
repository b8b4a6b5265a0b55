/** A simulator with the official SDK's clients pointed at it, and a virtual clock where a test owns the time. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { KinesisVideoClient, GetDataEndpointCommand } from '@aws-sdk/client-kinesis-video';
import type { APIName } from '@aws-sdk/client-kinesis-video';
import { KinesisVideoArchivedMediaClient } from '@aws-sdk/client-kinesis-video-archived-media';
import type { StartSelector } from '@aws-sdk/client-kinesis-video-media';
import { GetMediaCommand, KinesisVideoMediaClient } from '@aws-sdk/client-kinesis-video-media';
import type { SimulatorOptions, StreamOptions } from '../../src/simulator';
import { Simulator } from '../../src/simulator';
import { VirtualClock } from '../../testing/virtual-clock';

export const REPOSITORY = path.resolve(__dirname, '..', '..');
export const RECORDINGS = path.resolve(REPOSITORY, '..', 'shared', 'media');
export const haveRecordings = existsSync(path.join(RECORDINGS, 'output_get_media.mkv'));

export const KEYS = { accessKeyId: 'simulator', secretAccessKey: 'simulator' };

export interface Rig {
  readonly simulator: Simulator;
  /** The simulator's time; unused where the rig was asked for real time. */
  readonly clock: VirtualClock;
  readonly control: KinesisVideoClient;
  /** A media client for a stream, by way of GetDataEndpoint. */
  readonly media: (stream: string) => Promise<KinesisVideoMediaClient>;
  /** An archived media client for a stream and an API, by way of GetDataEndpoint. */
  readonly archived: (stream: string, api: APIName) => Promise<KinesisVideoArchivedMediaClient>;
  readonly open: (stream: string, selector: StartSelector) => Promise<Readable>;
  /** Opens and reads a response to its end, letting the simulator's time pass. */
  readonly read: (stream: string, selector: StartSelector) => Promise<Buffer>;
}

export interface RigOptions extends SimulatorOptions {
  readonly streams?: readonly StreamOptions[];
  readonly realTime?: boolean;
}

/** The SDK signs by this machine's time, so virtual time begins there. */
export async function withSimulator(options: RigOptions, test: (rig: Rig) => Promise<void>): Promise<void> {
  const { streams = [], realTime = false, ...rest } = options;
  const clock = new VirtualClock(Date.now());
  const simulator = new Simulator({ seed: 7, callsPerSecond: 1000, ...(realTime ? {} : { clock }), ...rest });
  for (const stream of streams) {
    simulator.addStream(stream);
  }
  await simulator.start();
  const clients: { destroy(): void }[] = [];
  const control = controlClient(simulator.endpoint);
  clients.push(control);
  const endpointFor = async (StreamName: string, APIName: APIName) => {
    const { DataEndpoint = '' } = await control.send(new GetDataEndpointCommand({ StreamName, APIName }));
    return DataEndpoint;
  };
  const media = async (StreamName: string) => {
    const client = mediaClient(await endpointFor(StreamName, 'GET_MEDIA'));
    clients.push(client);
    return client;
  };
  const archived = async (StreamName: string, api: APIName) => {
    const client = archivedClient(await endpointFor(StreamName, api));
    clients.push(client);
    return client;
  };
  const open = async (StreamName: string, StartSelector: StartSelector) => {
    const response = await (await media(StreamName)).send(new GetMediaCommand({ StreamName, StartSelector }));
    return response.Payload as Readable;
  };
  const read = async (stream: string, selector: StartSelector) => {
    const body = collect(await open(stream, selector));
    // The idle end is due only once all has been written, so time passes until the body has ended.
    const state = { ended: false };
    const end = () => {
      state.ended = true;
    };
    body.then(end, end);
    while (!state.ended && !realTime) {
      await clock.advance(1000);
    }
    return body;
  };
  try {
    await test({ simulator, clock, control, media, archived, open, read });
  } finally {
    await simulator.stop();
    for (const client of clients) {
      client.destroy();
    }
  }
}

export function controlClient(endpoint: string, credentials: object = KEYS, region = 'eu-west-1') {
  return new KinesisVideoClient({
    endpoint,
    region,
    credentials: credentials as typeof KEYS,
    maxAttempts: 1,
  });
}

export function mediaClient(endpoint: string, credentials: object = KEYS, region = 'eu-west-1') {
  return new KinesisVideoMediaClient({
    endpoint,
    region,
    credentials: credentials as typeof KEYS,
    maxAttempts: 1,
  });
}

export function archivedClient(endpoint: string, credentials: object = KEYS, region = 'eu-west-1') {
  return new KinesisVideoArchivedMediaClient({
    endpoint,
    region,
    credentials: credentials as typeof KEYS,
    maxAttempts: 1,
  });
}

export async function collect(body: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of body as AsyncIterable<Buffer>) {
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The values of all tags of one name, in order, found without any parser: names and values are plain text. */
export function tagValues(bytes: Buffer, name: string): string[] {
  const values: string[] = [];
  const needle = Buffer.from(name, 'latin1');
  for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) {
    // TagString: id 4487, a size of four bytes, the value.
    const string = at + needle.length;
    if (bytes.readUInt16BE(string) === 0x4487) {
      const length = bytes.readUInt32BE(string + 2) & 0x0fffffff;
      values.push(bytes.toString('latin1', string + 6, string + 6 + length));
    }
  }
  return values;
}

export const fragmentNumbers = (bytes: Buffer) => tagValues(bytes, 'AWS_KINESISVIDEO_FRAGMENT_NUMBER');
export const tokens = (bytes: Buffer) => tagValues(bytes, 'AWS_KINESISVIDEO_CONTINUATION_TOKEN');

/** Resolves with what the SDK threw: its name, status and request id. */
export async function failure(
  call: Promise<unknown>,
): Promise<{ name: string; statusCode: number | undefined; requestId: string | undefined; message: string }> {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as Error & {
      $metadata?: { httpStatusCode?: number; requestId?: string };
    };
    return { name, message, statusCode: $metadata?.httpStatusCode, requestId: $metadata?.requestId };
  }
  throw new Error('The call succeeded.');
}
