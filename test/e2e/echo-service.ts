import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import {
  EBML_HEADER,
  ID,
  UNKNOWN_SEGMENT,
  chunk,
  closingTags,
  element,
  tags,
} from '../../testing/matroska-writer';

/** What a response is: written to the socket as it is. */
interface Reply {
  readonly statusLine?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** The body is shorter than is declared, and the connection ends. */
  readonly missing?: number;
}

/** How a service could repeat what it was sent, at every place of an answer that might reach a message. */
export const ECHOES: Readonly<Record<string, (echo: string) => Reply>> = {
  'json-message': (echo) => ({ body: JSON.stringify({ Message: echo }) }),
  'json-short-message': (echo) => ({ body: JSON.stringify({ message: `Credential ${echo}`.slice(0, 400) }) }),
  'json-type': (echo) => ({ body: JSON.stringify({ __type: echo, code: echo, Message: 'no' }) }),
  'json-nested': (echo) => ({ body: JSON.stringify({ Error: { Code: echo, Message: echo } }) }),
  'json-cut-short': (echo) => ({ body: `{"Message":"${echo}`, missing: 10 }),
  'json-broken-lines': (echo) => ({ body: JSON.stringify({ Message: broken(echo, '\r\n  ') }) }),
  'json-no-width': (echo) => ({ body: JSON.stringify({ Message: broken(echo, '\u200b') }) }),
  'json-form': (echo) => ({
    body: JSON.stringify({ Message: new URLSearchParams({ said: echo }).toString() }),
  }),
  'json-every-byte': (echo) => ({ body: JSON.stringify({ Message: everyByte(echo) }) }),
  'json-escaped-twice': (echo) => ({
    body: JSON.stringify({ Message: JSON.stringify(JSON.stringify(echo)).replaceAll('/', '\\\\/') }),
  }),
  'json-base64': (echo) => ({
    body: JSON.stringify({ Message: Buffer.from(`said: ${echo}`).toString('base64') }),
  }),
  'json-cut-in-front': (echo) => ({ body: JSON.stringify({ Message: `…${echo.slice(3, 20)}… is unknown` }) }),
  xml: (echo) => ({ body: `<Error><Code>${markup(echo)}</Code><Message>${markup(echo)}</Message></Error>` }),
  html: (echo) => ({ body: `<!doctype html><html><title>${markup(echo)}</title></html>` }),
  'plain-text': (echo) => ({ body: echo }),
  'error-type-header': (echo) => ({ headers: { 'x-amzn-ErrorType': firstWord(echo) }, body: '{}' }),
  'request-id-header': (echo) => ({ headers: { 'x-amzn-RequestId': firstWord(echo) }, body: '{}' }),
  'reason-phrase': (echo) => ({ statusLine: `403 ${line(echo).slice(0, 1_000)}`, body: '' }),
  'not-http-at-all': (echo) => ({ statusLine: `nonsense ${line(echo)}` }),
  redirect: (echo) => ({
    statusLine: '301 Moved',
    headers: { Location: `http://127.0.0.1:1/${encodeURIComponent(echo)}` },
  }),
  'status-200': (echo) => ({ statusLine: '200 OK', body: echo }),
  'document-type': (echo) => ({
    statusLine: '200 OK',
    body: element(ID.EBML, element(ID.DocType, firstWord(echo))),
  }),
  'error-within-the-media': (echo) => ({
    statusLine: '200 OK',
    body: Buffer.concat([
      EBML_HEADER,
      UNKNOWN_SEGMENT,
      tags(
        ['AWS_KINESISVIDEO_ERROR_ID', '5000'],
        ['AWS_KINESISVIDEO_ERROR_CODE', firstWord(echo)],
        ['AWS_KINESISVIDEO_EXCEPTION_MESSAGE', echo],
      ),
    ]),
  }),
  'fragment-number': (echo) => ({
    statusLine: '200 OK',
    body: chunk({ number: firstWord(echo), closing: closingTags(firstWord(echo)) }),
  }),
  'data-endpoint': (echo) => ({
    statusLine: '200 OK',
    body: JSON.stringify({ DataEndpoint: `https://${firstWord(echo)}/${encodeURIComponent(echo)}` }),
  }),
  'data-endpoint-with-user': (echo) => ({
    statusLine: '200 OK',
    body: JSON.stringify({ DataEndpoint: `http://user:${encodeURIComponent(firstWord(echo))}@127.0.0.1:1` }),
  }),
};

/** As DynamoDB names its errors. */
function tableError(name: string): (echo: string) => Reply {
  return (echo) => ({
    statusLine: '400 Bad Request',
    body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: echo }),
  });
}

/** What only a table answers. */
export const TABLE_ECHOES: typeof ECHOES = {
  'table-denied': tableError('AccessDeniedException'),
  'table-throttled': tableError('ProvisionedThroughputExceededException'),
  'table-missing': tableError('ResourceNotFoundException'),
  'table-keys': tableError('ValidationException'),
  'table-expired': tableError('ExpiredTokenException'),
  'table-signature': tableError('InvalidSignatureException'),
  'table-item': (echo) => ({
    statusLine: '200 OK',
    body: JSON.stringify({ Attributes: { item: { S: echo }, state: { S: echo }, beat: { N: echo } } }),
  }),
};

/** Those that answer GetDataEndpoint; the others come at GetMedia. */
const ABOUT_ENDPOINT = 'data-endpoint';

/**
 * A service that repeats each request in its answer, and, as the worst of services, what it was never sent. The name of a
 * stream or a table says how, and which of the secrets comes first: `<name of an echo>.<number>`.
 */
export class EchoService {
  endpoint = '';
  /** Of all requests so far. */
  readonly signatures = new Set<string>();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  /** @param accounts the keys of each, the access key id first */
  constructor(private readonly accounts: readonly (readonly string[])[]) {}

  get port(): number {
    return (this.#server?.address() as AddressInfo).port;
  }

  async start(): Promise<void> {
    const server = createServer((request) => {
      void this.#answer(request);
    });
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      // Who has read enough goes away.
      socket.on('error', () => undefined);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.endpoint = `http://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  async #answer(request: IncomingMessage): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) {
      parts.push(part);
    }
    const body = Buffer.concat(parts).toString();
    const { authorization = '' } = request.headers;
    const secrets = this.accounts.find(([id]) => id !== undefined && authorization.includes(id)) ?? [];
    const signature = /Signature=([0-9a-f]{64})/.exec(authorization)?.[1];
    if (signature !== undefined) {
      this.signatures.add(signature);
    }
    const { StreamName = '', TableName } = JSON.parse(body) as {
      readonly StreamName?: string;
      readonly TableName?: string;
    };
    const [name = '', turn = '0'] = (TableName ?? StreamName).split('.');
    const known = [...secrets, signature ?? ''];
    const first = known[Number(turn) % known.length] ?? '';
    const headers = request.rawHeaders.map((text, i) => `${text}${i % 2 === 0 ? ': ' : '\n'}`).join('');
    const echo = `${[first, ...known].join(' ')} ${request.method ?? ''} ${request.url ?? ''}\n${headers}\n${body}`;
    const isAsked =
      TableName !== undefined || (request.url === '/getMedia') !== name.startsWith(ABOUT_ENDPOINT);
    const reply: Reply = isAsked
      ? ((ECHOES[name] ?? TABLE_ECHOES[name])?.(echo) ?? { statusLine: '500 No such echo' })
      : { statusLine: '200 OK', body: JSON.stringify({ DataEndpoint: this.endpoint }) };
    request.socket.end(bytesOf(reply));
  }
}

function bytesOf({ statusLine = '403 Forbidden', headers = {}, body = '', missing = 0 }: Reply): Buffer {
  const content = Buffer.from(body);
  const head = [
    `HTTP/1.1 ${statusLine}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${content.length + missing}`,
    'Connection: close',
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), content]);
}

function firstWord(text: string): string {
  return text.split(/\s/, 1)[0] ?? '';
}

function line(text: string): string {
  return text.replace(/\s+/g, ' ');
}

/** With something between its characters, after each nine. */
function broken(text: string, between: string): string {
  return text.replace(/.{9}/gs, `$&${between}`);
}

function everyByte(text: string): string {
  return Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

function markup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
