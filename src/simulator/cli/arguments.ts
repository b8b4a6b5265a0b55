/** Reads the command line of `kvs-simulator`, and its help. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { FAULT_KINDS, FaultSyntaxError, parseFault, type Fault } from '../faults';
import { PROFILES } from '../media';
import type { StreamOptions } from '../simulator-options';
import type { RecordedGap } from '../streams';
import { PUT_HELP } from './put-command';
import { UsageError } from './usage-error';

export const HELP = `kvs-simulator: a local Kinesis Video Streams

  --port N                 control plane (default 4567)
  --data-port N            data plane (default: any free port; clients ask for it)
  --archive-port N         data plane of the archived media (the same)
  --host ADDRESS           default 127.0.0.1
  --stream NAME            a stream (repeatable; default: demo)
  --streams N              so many streams of the same media: camera-001, camera-002 … (with --stream gate: gate-001 …),
                           whose fragments do not end at once
  --tag KEY=VALUE          a tag of every stream (repeatable), as TagStream sets it
  --media FILE             Matroska, WebM or a recorded GetMedia response (repeatable): the n-th file is the
                           n-th stream's; a file without a --stream gets a stream named after it
  --replay                 produce recorded GetMedia responses anew, live and in a loop, with times and numbers of now
                           (default: serve them as they are)
  --profile PROFILE        how the producers write: ffmpeg (default), aws-sdk, mkvmerge, or amazon-connect, which is
                           a telephone call: two tracks of 8 kHz PCM
  --region NAME            accept only signatures for this region (default: every region; ARNs say us-west-2)
  --tls                    https on all ports, with a certificate that openssl makes on this machine, once; clients
                           have to trust it
  --tls-name NAME          another name or address for that certificate, such as a container's (repeatable)
  --tls-cert FILE, --tls-key FILE
                           https with a certificate and key that you have, in PEM
  --access-key-id ID       default simulator
  --secret-access-key KEY  default simulator
  --retention DURATION     what a stream keeps (90, 90s, 30m, 2h; default 1h and what is --recorded; 0: five minutes)
  --history DURATION       media that exists at the start (default 30s)
  --recorded DURATION      stored media, as if the camera had recorded for that long; takes no memory
  --gap AGO:LENGTH         a time in that past without media (repeatable): 90m:5m is five minutes, 90 minutes ago
  --fault FAULT            what shall go wrong (repeatable): {"kind":"cut","afterBytes":5000} or
                           cut:afterBytes=5000,stream=demo. Kinds: ${FAULT_KINDS.join(', ')}
  --quiet                  no line per call
  --help

While it runs, faults and producers can be changed over HTTP: see /simulator/faults and /simulator/streams.

Media of your own goes in by PutMedia, or from this machine with no signature, into a stream that is made for it:

  ffmpeg -re -i FILE -c copy -f matroska - | curl -T - http://127.0.0.1:4567/streams/NAME
  kvs-simulator put FILE

${PUT_HELP}`;

export interface Arguments {
  readonly port: number;
  readonly dataPort: number;
  readonly archivePort: number;
  readonly host: string;
  readonly region: string | undefined;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly streams: readonly StreamOptions[];
  readonly faults: readonly Fault[];
  readonly quiet: boolean;
  readonly tls: TlsChoice | undefined;
}

/** A certificate in files, or the names for one to be made. */
export type TlsChoice =
  { readonly cert: string; readonly key: string } | { readonly names: readonly string[] };

/** @throws {UsageError} */
export function readArguments(args: string[]): Arguments | 'help' {
  const values = parse(args);
  if (values.help) {
    return 'help';
  }
  const profile = PROFILES.find((known) => known === values.profile);
  if (profile === undefined) {
    throw new UsageError(`--profile: "${values.profile}" is not one of ${PROFILES.join(', ')}.`);
  }
  const common = {
    profile,
    replay: values.replay,
    ...(values.retention === undefined ? {} : { retentionMs: duration('--retention', values.retention) }),
    prefillMs: duration('--history', values.history),
    recordedMs: duration('--recorded', values.recorded),
    recordedGaps: values.gap.map(gap),
    resourceTags: Object.fromEntries(values.tag.map(tag)),
  };
  return {
    port: port('--port', values.port),
    dataPort: port('--data-port', values['data-port']),
    archivePort: port('--archive-port', values['archive-port']),
    host: values.host,
    region: values.region,
    accessKeyId: values['access-key-id'],
    secretAccessKey: values['secret-access-key'],
    streams:
      values.streams === undefined
        ? streams(values.stream, values.media, common)
        : manyStreams(count(values.streams), values.stream, values.media, common),
    faults: values.fault.map(fault),
    quiet: values.quiet,
    tls: tlsChoice(values),
  };
}

interface TlsValues {
  readonly host: string;
  readonly tls: boolean;
  readonly 'tls-name': readonly string[];
  readonly 'tls-cert'?: string | undefined;
  readonly 'tls-key'?: string | undefined;
}

function tlsChoice(values: TlsValues): TlsChoice | undefined {
  const { 'tls-cert': cert, 'tls-key': key, 'tls-name': names } = values;
  if (cert !== undefined && key !== undefined) {
    if (names.length > 0) {
      throw new UsageError(
        '--tls-name is for a certificate that is made here, not for the one of --tls-cert.',
      );
    }
    return { cert, key };
  }
  if (cert !== undefined || key !== undefined) {
    throw new UsageError('--tls-cert and --tls-key belong together.');
  }
  for (const name of names) {
    if (!/^[a-z0-9.:-]{1,253}$/i.test(name)) {
      throw new UsageError(`--tls-name: "${name}" is no host name and no IP address.`);
    }
  }
  return values.tls || names.length > 0 ? { names: [values.host, ...names] } : undefined;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: 'string', default: '4567' },
        'data-port': { type: 'string', default: '0' },
        'archive-port': { type: 'string', default: '0' },
        host: { type: 'string', default: '127.0.0.1' },
        stream: { type: 'string', multiple: true, default: [] },
        streams: { type: 'string' },
        tag: { type: 'string', multiple: true, default: [] },
        media: { type: 'string', multiple: true, default: [] },
        replay: { type: 'boolean', default: false },
        profile: { type: 'string', default: 'ffmpeg' },
        region: { type: 'string' },
        'access-key-id': { type: 'string', default: 'simulator' },
        'secret-access-key': { type: 'string', default: 'simulator' },
        retention: { type: 'string' },
        history: { type: 'string', default: '30' },
        recorded: { type: 'string', default: '0' },
        gap: { type: 'string', multiple: true, default: [] },
        fault: { type: 'string', multiple: true, default: [] },
        tls: { type: 'boolean', default: false },
        'tls-name': { type: 'string', multiple: true, default: [] },
        'tls-cert': { type: 'string' },
        'tls-key': { type: 'string' },
        quiet: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function streams(
  names: readonly string[],
  files: readonly string[],
  common: Omit<StreamOptions, 'name' | 'source'>,
): StreamOptions[] {
  const count = Math.max(names.length, files.length);
  if (count === 0) {
    return [{ ...common, name: 'demo' }];
  }
  return Array.from({ length: count }, (_, index) => {
    const file = files[index];
    const name = names[index] ?? path.parse(file ?? '').name.replace(/[^a-zA-Z0-9_.-]+/g, '-');
    return { ...common, name, ...(file === undefined ? {} : { source: { file } }) };
  });
}

/** Streams of one name and a number, that play the files in turn. */
function manyStreams(
  count: number,
  [name = 'camera', ...moreNames]: readonly string[],
  files: readonly string[],
  common: Omit<StreamOptions, 'name' | 'source'>,
): StreamOptions[] {
  if (moreNames.length > 0) {
    throw new UsageError('--streams takes one --stream at most, to which it adds numbers.');
  }
  const width = Math.max(3, String(count).length);
  return Array.from({ length: count }, (_, index) => {
    const file = files[index % files.length];
    return {
      ...common,
      name: `${name}-${String(index + 1).padStart(width, '0')}`,
      phase: (index * GOLDEN) % 1,
      ...(file === undefined ? {} : { source: { file } }),
    };
  });
}

/** Its multiples spread any number of streams evenly. */
const GOLDEN = 0.618_033_988_75;

function count(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(value >= 1 && value <= 10_000)) {
    throw new UsageError(`--streams: "${text}" is no number from 1 to 10000.`);
  }
  return value;
}

function tag(text: string): [key: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1) {
    throw new UsageError(`--tag: "${text}" should be KEY=VALUE.`);
  }
  return [text.slice(0, at), text.slice(at + 1)];
}

function fault(text: string): Fault {
  try {
    return parseFault(text);
  } catch (error) {
    if (error instanceof FaultSyntaxError) {
      throw new UsageError(`--fault ${text}: ${error.message}`);
    }
    throw error;
  }
}

function port(name: string, text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(value <= 65_535)) {
    throw new UsageError(`${name}: "${text}" is no port number (0 to 65535).`);
  }
  return value;
}

/** ms, from seconds or a number with a unit. */
function duration(name: string, text: string): number {
  const [, number = '', unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  if (number === '') {
    throw new UsageError(`${name}: "${text}" is no duration (90, 90s, 30m, 2h).`);
  }
  return Number(number) * (UNITS[unit] ?? 1000);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function gap(text: string): RecordedGap {
  const [ago, length, ...rest] = text.split(':');
  if (ago === undefined || length === undefined || rest.length > 0) {
    throw new UsageError(`--gap: "${text}" should be AGO:LENGTH, such as 90m:5m.`);
  }
  return { beginsAgoMs: duration('--gap', ago), lengthMs: duration('--gap', length) };
}
