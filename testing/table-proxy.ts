/** Stands between a client and a table: passes requests on, and answers them as a test wants. */
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

/** - `pass`: as it is - `lose`: the request is carried out, its answer is not sent - an answer: instead of the table's */
export type Treatment =
  | 'pass'
  | 'lose'
  | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> };

export class TableProxy {
  /** How the next requests are treated, one after the other; then all pass. */
  readonly treatments: Treatment[] = [];
  readonly operations: string[] = [];
  readonly #server = createServer((incoming, answer) => {
    const operation = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
    this.operations.push(operation);
    const treatment = this.treatments.shift() ?? 'pass';
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
        answer.writeHead(response.statusCode ?? 500, response.headers);
        response.pipe(answer);
      }
    });
    incoming.pipe(outgoing);
  });

  constructor(private readonly target: string) {}

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
