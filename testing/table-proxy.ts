/** Stands between a client and a table: passes requests on, and answers them as a test wants. */
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * - `pass`: as it is
 * - `hold`: neither carried out nor answered
 * - `lose`: the request is carried out, its answer is not sent
 * - an answer: instead of the table's
 */
export type Treatment =
  | 'pass'
  | 'hold'
  | 'lose'
  | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> };

export class TableProxy {
  /** How the next requests are treated, one after the other; then all pass. */
  readonly treatments: Treatment[] = [];
  readonly operations: string[] = [];
  /** While it is, no request is answered, and none carried out. */
  isHole = false;
  /** Told each answer of the table that was passed on, with the fleet and the key of the item that it is about. */
  answered: ((answer: { operation: string; fleet: string; key: string; status: number }) => void) | undefined;
  #listening: Promise<string> | undefined;
  readonly #server = createServer((incoming, answer) => {
    const operation = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
    this.operations.push(operation);
    const treatment = this.isHole ? 'hold' : (this.treatments.shift() ?? 'pass');
    if (treatment === 'hold') {
      return;
    }
    if (typeof treatment === 'object') {
      incoming.resume();
      answer.writeHead(treatment.status, {
        'content-type': 'application/x-amz-json-1.0',
        'x-amzn-requestid': 'request-1',
        ...treatment.headers,
      });
      answer.end(treatment.body);
      return;
    }
    const { method, url, headers } = incoming;
    const outgoing = httpRequest(new URL(url ?? '/', this.target), { method, headers }, (response) => {
      if (treatment === 'lose') {
        response.resume();
        response.on('end', () => {
          incoming.socket.destroy();
        });
      } else {
        const status = response.statusCode ?? 500;
        answer.writeHead(status, response.headers);
        this.answered?.({ operation, ...keyOf(body), status });
        response.pipe(answer);
      }
    });
    outgoing.on('error', () => {
      incoming.socket.destroy();
    });
    const body: Buffer[] = [];
    incoming.on('data', (part: Buffer) => body.push(part));
    incoming.pipe(outgoing);
  });

  constructor(private readonly target: string) {}

  /** Its endpoint. */
  get listening(): Promise<string> {
    return (this.#listening ??= this.#listen());
  }

  async #listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** The keys of the item in a request; empty for a request without one. */
function keyOf(body: readonly Buffer[]): { fleet: string; key: string } {
  const { Key } = JSON.parse(Buffer.concat(body).toString()) as {
    Key?: { fleet?: { S?: string }; item?: { S?: string } };
  };
  return { fleet: Key?.fleet?.S ?? '', key: Key?.item?.S ?? '' };
}
