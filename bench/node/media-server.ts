/**
 * Just enough of Kinesis Video Streams to feed the node, in a process of its own: a stream called `file` is the given
 * file again and again, as fast as it is taken, with new fragment numbers; one whose name begins with `silent` has no
 * media; any other is a camera. Prints its address, and says at `/sender` how it has fared.
 */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Cameras } from './cameras';
import { EndlessFile } from './endless-file';
import type { Sender } from './measured';

export interface MediaServerOptions {
  /** Stream `file`. */
  readonly file?: string;
  /** Streams that ListStreams names. */
  readonly cameras?: number;
  readonly silent?: number;
  /** How long a response without media stays open, ms; default 3000. */
  readonly idleEndMs?: number;
  /** Instead: each stays open for another time, none longer than this, ms. */
  readonly idleEndWithinMs?: number;
  /** Paths of key and certificate. */
  readonly tls: { readonly key: string; readonly cert: string };
}

/** A response is not longer than that of the service. */
const PAGE = 1_000;

interface Body {
  readonly StreamName?: string;
  readonly StreamARN?: string;
  readonly NextToken?: string;
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  const parts: Buffer[] = [];
  for await (const part of request) {
    parts.push(part as Buffer);
  }
  return JSON.parse(Buffer.concat(parts).toString() || '{}') as Body;
}

function nameOf({ StreamName, StreamARN }: Body): string {
  return StreamName ?? StreamARN?.split('/')[1] ?? '';
}

function namesOf({ cameras = 0, silent = 0 }: MediaServerOptions): readonly string[] {
  const names = (kind: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${kind}-${index}`);
  return [...names('camera', cameras), ...names('silent', silent)];
}

function listStreams(names: readonly string[], { NextToken = '0' }: Body): object {
  const from = Number(NextToken);
  const StreamInfoList = names.slice(from, from + PAGE).map((StreamName) => ({
    StreamName,
    StreamARN: `arn:aws:kinesisvideo:us-west-2:111122223333:stream/${StreamName}/1519423069070`,
    Status: 'ACTIVE',
  }));
  return { StreamInfoList, ...(from + PAGE < names.length ? { NextToken: String(from + PAGE) } : {}) };
}

function main(options: MediaServerOptions): void {
  const { file, tls, idleEndMs = 3_000, idleEndWithinMs } = options;
  const endless = file === undefined ? undefined : new EndlessFile(file);
  const names = namesOf(options);
  const cameras = new Cameras();
  const polled = new Set<string>();
  let polls = 0;
  let [cpu, at] = [process.cpuUsage(), performance.now()];

  /** Since this was asked last. */
  const sender = (): Sender => {
    const { user, system } = process.cpuUsage(cpu);
    const wallSeconds = (performance.now() - at) / 1_000;
    const figures = {
      ...cameras.punctuality(),
      ...{ cpuSeconds: (user + system) / 1e6, wallSeconds, polls },
      ...{ cameras: cameras.running, silent: polled.size },
    };
    [cpu, at, polls] = [process.cpuUsage(), performance.now(), 0];
    return figures;
  };

  const sendMedia = (StreamName: string, response: ServerResponse): void => {
    response.setHeader('content-type', 'video/webm');
    if (StreamName === 'file' && endless !== undefined) {
      void endless.send(response);
      return;
    }
    response.flushHeaders();
    if (StreamName.startsWith('silent')) {
      polled.add(StreamName);
      polls += 1;
      setTimeout(
        () => response.end(),
        idleEndWithinMs === undefined ? idleEndMs : idleEndWithinMs * Math.random(),
      );
    } else if (response.socket !== null) {
      cameras.play(response.socket);
    }
  };

  const server = createServer(
    { key: readFileSync(tls.key), cert: readFileSync(tls.cert) },
    (request, response) => {
      void bodyOf(request).then((body) => {
        response.setHeader('x-amzn-RequestId', 'bench');
        const answer = (value: object): void => {
          response.setHeader('content-type', 'application/json');
          response.end(JSON.stringify(value));
        };
        switch (request.url) {
          case '/getMedia':
            sendMedia(nameOf(body), response);
            break;
          case '/listStreams':
            answer(listStreams(names, body));
            break;
          case '/sender':
            answer(sender());
            break;
          default:
            answer({ DataEndpoint: url() });
        }
      });
    },
  );
  const url = (): string => `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.listen(0, '127.0.0.1', () => {
    console.log(url());
  });
  // Ends with whoever started it.
  process.stdin.resume().on('end', () => {
    process.exit();
  });
}

main(JSON.parse(process.argv[2] ?? '{}') as MediaServerOptions);
