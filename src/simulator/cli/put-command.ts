/** `kvs-simulator put`: its arguments and its output. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../../clock';
import { STREAM_NAME_PATTERN } from '../../options';
import { printable } from '../api';
import { putMatroska } from './put-matroska';
import { UsageError } from './usage-error';

export const PUT_HELP = `kvs-simulator put FILE: pushes a Matroska or WebM file (-: standard input) into a running simulator

  --stream NAME            created if it does not exist (default: named after the file)
  --endpoint URL           the simulator (default http://127.0.0.1:4567)
  --loop                   again and again, each time as a new producer session, until Ctrl-C
  --realtime               as fast as it was recorded (the default for a file)
  --fast                   as fast as the simulator takes it
  --quiet                  no line per fragment
  --help
`;

/** @throws {UsageError}, {PutError} */
export async function put(args: string[], say: (line: string) => void): Promise<void> {
  const { values, positionals } = parse(args);
  if (values.help) {
    say(PUT_HELP);
    return;
  }
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) {
    throw new UsageError('put takes one file, or - for standard input.');
  }
  if (values.fast && values.realtime) {
    throw new UsageError('--fast and --realtime exclude each other.');
  }
  const fromInput = file === '-';
  if (fromInput && values.loop) {
    throw new UsageError('--loop needs a file: standard input comes once.');
  }
  const endpoint = URL.canParse(values.endpoint) ? new URL(values.endpoint) : undefined;
  if (endpoint === undefined || !/^https?:$/.test(endpoint.protocol)) {
    throw new UsageError(`--endpoint: "${values.endpoint}" is no URL that begins with http: or https:.`);
  }
  const stream = values.stream ?? (fromInput ? 'camera' : nameOf(file));
  if (!STREAM_NAME_PATTERN.test(stream)) {
    throw new UsageError(
      `--stream: "${stream}" cannot be a stream's name: letters, digits, _ . - and at most 256 of them.`,
    );
  }
  do {
    await putMatroska({
      source: fromInput ? process.stdin : file,
      endpoint: endpoint.origin,
      stream,
      realTime: !values.fast && (!fromInput || values.realtime),
      clock: systemClock,
      ...(values.quiet
        ? {}
        : {
            onFragment: (FragmentNumber: string, timecodeMs: number) => {
              say(printable(`${stream} ${FragmentNumber} (${(timecodeMs / 1000).toFixed(3)} s)`));
            },
          }),
    });
  } while (values.loop);
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        stream: { type: 'string' },
        endpoint: { type: 'string', default: 'http://127.0.0.1:4567' },
        loop: { type: 'boolean', default: false },
        realtime: { type: 'boolean', default: false },
        fast: { type: 'boolean', default: false },
        quiet: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function nameOf(file: string): string {
  return path.parse(file).name.replace(/[^a-zA-Z0-9_.-]+/g, '-');
}
