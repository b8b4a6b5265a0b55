#!/usr/bin/env node
/** `kvs-simulator`: the simulator as a program. Exit codes: 0 ended by a signal, 1 could not run, 2 bad arguments. */
import { DEFAULT_REGION, isLoopbackHost, printable } from '../api';
import { MediaError } from '../media';
import { Simulator } from '../simulator';
import type { StreamOptions } from '../simulator-options';
import { HELP, readArguments, type Arguments } from './arguments';
import { certificateFor, type Certificate } from './certificate';
import { put } from './put-command';
import { UsageError } from './usage-error';

/** Lines about streams at the start. */
const MOST_SHOWN = 20;

function compose(settings: Arguments, tls: Certificate | undefined): Simulator {
  const { host, dataPort, archivePort, accessKeyId, secretAccessKey, region, quiet } = settings;
  const simulator = new Simulator({
    host,
    port: settings.port,
    dataPort,
    archivePort,
    accessKeyId,
    secretAccessKey,
    ...(region === undefined ? {} : { region }),
    ...(tls === undefined ? {} : { tls }),
    ...(quiet
      ? {}
      : {
          log: (line: string) => {
            console.log(`${new Date().toISOString()} ${line}`);
          },
        }),
  });
  for (const stream of settings.streams) {
    addStream(simulator, stream);
  }
  for (const item of settings.faults) {
    simulator.faults.add(item);
  }
  return simulator;
}

function addStream(simulator: Simulator, options: StreamOptions): void {
  try {
    simulator.addStream(options);
  } catch (error) {
    if (error instanceof RangeError) {
      throw new UsageError(error.message);
    }
    const { source } = options;
    if (typeof source === 'object' && 'file' in source && error instanceof Error) {
      const why = error instanceof MediaError ? error.message : systemReason(error);
      throw new Error(`Cannot play ${source.file}: ${why}.`, { cause: error });
    }
    throw error;
  }
}

/** "no such file or directory" from "ENOENT: no such file or directory, open '…'". */
function systemReason(error: Error): string {
  return /^[A-Z]+: ([^,]+)/.exec(error.message)?.[1] ?? error.message;
}

async function main(): Promise<void> {
  const [command, ...rest] = process.argv.slice(2);
  if (command === 'put') {
    await put(rest, (line) => {
      console.log(line);
    });
    return;
  }
  const settings = readArguments(process.argv.slice(2));
  if (settings === 'help') {
    console.log(HELP);
    return;
  }
  const tls = settings.tls === undefined ? undefined : certificateFor(settings.tls);
  const simulator = compose(settings, tls);
  await simulator.start().catch((error: unknown) => {
    throw new Error(startReason(error, settings), { cause: error });
  });
  const stop = () => {
    void simulator.stop();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  introduce(simulator, settings, tls);
}

function startReason(error: unknown, settings: Arguments): string {
  const { code, port: taken } = error as NodeJS.ErrnoException & { port?: number };
  const number = taken ?? settings.port;
  const { dataPort, archivePort } = settings;
  const options = new Map([
    [archivePort, '--archive-port'],
    [dataPort, '--data-port'],
    [settings.port, '--port'],
  ]);
  const option = options.get(number) ?? '--port';
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${number} is taken. Is another simulator running? Choose another with ${option}.`;
    case 'EACCES':
      return `Port ${number} may not be used by this user. Choose one above 1023 with ${option}.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `This machine has no address "${settings.host}" (--host).`;
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

function introduce(
  simulator: Simulator,
  { host, accessKeyId, region, faults }: Arguments,
  tls: Certificate | undefined,
): void {
  const names = [...simulator.streams.keys()];
  console.log(
    `Kinesis Video Streams simulator at ${simulator.endpoint} (data plane ${simulator.dataEndpoint}, archived media ${simulator.archiveEndpoint})`,
  );
  const shown = names.length > MOST_SHOWN ? MOST_SHOWN - 1 : names.length;
  for (const { details } of [...simulator.streams.values()].slice(0, shown)) {
    console.log(`  stream ${details.name}  ${details.mediaType ?? 'recorded response'}  ${details.arn}`);
  }
  if (shown < names.length) {
    console.log(`  and ${names.length - shown} more, up to ${names.at(-1) ?? ''}`);
  }
  for (const item of faults) {
    console.log(`  fault  ${printable(JSON.stringify(item))}`);
  }
  console.log(
    `Point a client at it: endpoint ${simulator.endpoint}, region ${region ?? `${DEFAULT_REGION} (any will do)`},`,
  );
  console.log(
    `access key id "${accessKeyId}" and its secret key, stream name "${names[0] ?? ''}". Ctrl-C ends it.`,
  );
  if (tls !== undefined) {
    console.log(`Clients have to trust its certificate, for example by NODE_EXTRA_CA_CERTS=${tls.file}`);
  }
  if (!isLoopbackHost(host)) {
    console.warn('Warning: it can be reached from other machines. It is made for tests, not for that.');
  }
}

main().catch((error: unknown) => {
  console.error(printable(error instanceof Error ? error.message : String(error)));
  if (error instanceof UsageError) {
    console.error('See kvs-simulator --help.');
  }
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
