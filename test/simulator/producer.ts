/** A producer for tests: sends what it is told, when it is told, and collects what comes back. */
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { SignatureV4 } from '@aws-sdk/signature-v4';
import { Sha256 } from '../../src/aws/sha256';
import type { SimulatorOptions } from '../../src/simulator';

export interface Ack {
  readonly EventType: string;
  readonly FragmentTimecode?: number;
  readonly FragmentNumber?: string;
  readonly ErrorId?: number;
  readonly ErrorCode?: string;
  readonly Message?: string;
}

export class TestProducer {
  readonly acks: Ack[] = [];
  /** All of the response's body. */
  body = '';
  statusCode: number | undefined;
  headers: IncomingMessage['headers'] = {};
  readonly #request: ClientRequest;
  readonly #watchers = new Set<() => void>();
  /** Resolves when the response is over or the connection gone. */
  readonly closed: Promise<void>;

  constructor(url: string, headers: Record<string, string> = {}, method = 'PUT') {
    this.#request = request(url, {
      method,
      agent: false,
      headers: { 'Transfer-Encoding': 'chunked', ...headers },
    });
    // A connection that is cut shows as closed.
    this.#request.on('error', () => undefined);
    this.#request.flushHeaders();
    this.#request.on('response', (response) => {
      this.statusCode = response.statusCode;
      this.headers = response.headers;
      response.setEncoding('utf8');
      response.on('error', () => undefined);
      response.on('data', (text: string) => {
        this.#take(text);
      });
      this.#changed();
    });
    this.closed = new Promise((resolve) => {
      this.#request.on('close', () => {
        this.#changed();
        resolve();
      });
    });
  }

  /** Sends bytes; resolves once they are handed over. */
  async send(bytes: Buffer): Promise<void> {
    await new Promise((resolve) => this.#request.write(bytes, resolve));
  }

  /** Says that this was all, and waits for the end of the response. */
  async finish(bytes?: Buffer): Promise<void> {
    this.#request.end(bytes);
    await this.closed;
  }

  /** Breaks the connection off. */
  abort(): void {
    this.#request.destroy();
  }

  /** Resolves once so many acknowledgements of a type have come. */
  async until(EventType: string, count = 1): Promise<void> {
    await this.untilTrue(() => this.of(EventType).length >= count);
  }

  async untilTrue(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  of(EventType: string): Ack[] {
    return this.acks.filter((ack) => ack.EventType === EventType);
  }

  #take(text: string): void {
    const whole = this.body.lastIndexOf('\n') + 1;
    this.body += text;
    const lines = this.body.slice(whole).split('\n').slice(0, -1);
    for (const line of lines) {
      this.acks.push(JSON.parse(line) as Ack);
    }
    this.#changed();
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) {
      this.#watchers.delete(watcher);
      watcher();
    }
  }
}

/** PutMedia's headers, signed as producers sign a stream: as if it were empty, or (`payload`) as they say. */
export async function signedHeaders(
  dataEndpoint: string,
  headers: Record<string, string>,
  {
    secretAccessKey = 'simulator',
    payload,
  }: Pick<SimulatorOptions, 'secretAccessKey'> & { payload?: string } = {},
): Promise<Record<string, string>> {
  const { hostname, port, host } = new URL(dataEndpoint);
  const signer = new SignatureV4({
    service: 'kinesisvideo',
    region: 'eu-west-1',
    credentials: { accessKeyId: 'simulator', secretAccessKey },
    sha256: Sha256,
    applyChecksum: false,
  });
  const signed = await signer.sign({
    method: 'POST',
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: '/putMedia',
    query: {},
    headers: { host, ...headers, ...(payload === undefined ? {} : { 'x-amz-content-sha256': payload }) },
  });
  return signed.headers;
}
