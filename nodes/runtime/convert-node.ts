import type { NodeMessage, NodeStatus } from 'node-red';
import { systemClock } from '../../src/clock';
import { createConverter, type Converted, type Converter, type Problem } from '../../src/convert';
import {
  checkConvert,
  type ConvertProblem,
  type ConvertProperties,
  type ConvertSettings,
} from '../../src/options';
import { DecoderError, PictureDecoder, decodedFormat } from './picture-decoder';
import { TroubleLog } from './trouble-log';

/** What the converter needs of its Node-RED node. */
export interface ConvertPort {
  status(status: NodeStatus): void;
  warn(text: string): void;
  log(text: string): void;
  /** Copies a message, so that receivers do not share it. */
  clone(msg: ConvertMessage): ConvertMessage;
}

export type ConvertMessage = NodeMessage & { kvs?: unknown; action?: unknown };
/** Media for output 1, errors for output 2. */
export type ConvertSend = (messages: [ConvertMessage[] | null, ConvertMessage[] | null]) => void;

/** Streams that one node converts at a time; the one that was silent for longest begins anew. */
const MAX_STREAMS = 64;
const STATUS_EVERY_MS = 1_000;
const IDLE: NodeStatus = { fill: 'grey', shape: 'ring', text: 'waiting for chunks' };
const JPEG = 'image/jpeg';

interface Stream {
  readonly converter: Converter;
  /** Chunks in a row that could not be converted. */
  attempt: number;
}

interface Failure {
  readonly ErrorType: string;
  readonly message: string;
  readonly action: Problem['action'];
  readonly chunk: Problem['chunk'];
}

/** One kvs-convert node: chunk messages in, media and errors out. How chunks are converted is the engine's matter. */
export class ConvertNode {
  readonly #settings: ConvertSettings | undefined;
  readonly #problem: string | undefined;
  readonly #streams = new Map<string, Stream>();
  #shown = '';
  #shownAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  /** ErrorType of what was logged, until something is converted again. */
  readonly #log: TroubleLog;
  #closed = false;

  constructor(
    private readonly port: ConvertPort,
    properties: ConvertProperties,
    private readonly decoder = new PictureDecoder(),
    private readonly monotonic: () => number = () => systemClock.monotonic(),
  ) {
    this.#log = new TroubleLog(port, systemClock);
    const checked = checkConvert(properties);
    if ('settings' in checked) {
      this.#settings = checked.settings;
      this.#show(IDLE);
    } else {
      this.#problem = `The settings cannot be used: ${checked.problems.map(problemText).join('; ')}. Correct and deploy.`;
      port.warn(this.#problem);
      this.#show({ fill: 'red', shape: 'ring', text: 'InvalidInput' });
    }
  }

  /** Looks for the decoder of pictures, where one may be needed. */
  async begin(): Promise<void> {
    if (this.#settings?.to !== 'jpeg') {
      return;
    }
    try {
      if (!(await this.decoder.available()) && !this.#closed) {
        this.port.log('No ffmpeg on the path: pictures of M-JPEG only, none of H.264 and H.265.');
      }
    } catch (error) {
      if (!(error instanceof DecoderError)) {
        throw error;
      }
      this.port.warn(error.message);
    }
  }

  /** Settles when all that comes of the message has been sent. Never rejects for what is in a message. */
  async handle(msg: ConvertMessage, send: ConvertSend): Promise<void> {
    const settings = this.#settings;
    const refusal = this.#problem ?? refusalOf(msg);
    if (settings === undefined || refusal !== undefined) {
      const failure = {
        ErrorType: 'InvalidInput',
        message: refusal ?? '',
        action: 'skip' as const,
        chunk: {},
      };
      this.#fail(msg, [failure], 1, send);
      return;
    }
    if (msg.action === 'reset') {
      this.#reset(msg, send);
      return;
    }
    if (!Buffer.isBuffer(msg.payload)) {
      return;
    }
    const stream = this.#streamOf(msg, settings);
    const { media, problems } = stream.converter.convert(msg.payload);
    const skipped = problems.some(({ action }) => action === 'skip');
    stream.attempt = skipped && media.length === 0 ? stream.attempt + 1 : 0;
    this.#fail(msg, problems, Math.max(1, stream.attempt), send);
    const ready = media.filter(({ format }) => settings.to !== 'jpeg' || format.mimeType === JPEG);
    this.#send(msg, ready, send);
    await this.#decode(
      msg,
      media.filter((piece) => !ready.includes(piece)),
      send,
    );
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#log.close();
    this.#streams.clear();
    this.decoder.close();
  }

  #reset(msg: ConvertMessage, send: ConvertSend): void {
    const ended = [...this.#streams.values()].flatMap(({ converter }) => converter.end());
    this.#streams.clear();
    this.#send(msg, ended, send);
    this.#show(IDLE);
  }

  /** Chunks of several streams may come in turns: each has a converter of its own. */
  #streamOf(msg: ConvertMessage, settings: ConvertSettings): Stream {
    const kvs = isRecord(msg.kvs) ? msg.kvs : {};
    const names: unknown[] = [kvs['StreamARN'], kvs['StreamName'], msg.topic];
    const key = names.find((name) => typeof name === 'string') ?? '';
    const stream = this.#streams.get(key) ?? {
      converter: createConverter(settings.to, settings),
      attempt: 0,
    };
    this.#streams.delete(key);
    this.#streams.set(key, stream);
    const [oldest] = this.#streams.keys();
    if (this.#streams.size > MAX_STREAMS && oldest !== undefined) {
      this.#streams.delete(oldest);
    }
    return stream;
  }

  /** One after the other, so that pictures come in their order. */
  async #decode(msg: ConvertMessage, keyFrames: readonly Converted[], send: ConvertSend): Promise<void> {
    for (const piece of keyFrames) {
      try {
        const data = await this.decoder.decode(piece.data, piece.format.mimeType, piece.format);
        if (!this.#closed) {
          this.#send(msg, [{ ...piece, data, format: decodedFormat(piece.format) }], send);
        }
      } catch (error) {
        if (!(error instanceof DecoderError)) {
          throw error;
        }
        if (!this.#closed) {
          const { ErrorType, message } = error;
          this.#fail(msg, [{ ErrorType, message, action: 'skip', chunk: piece.chunk }], 1, send);
        }
      }
    }
  }

  #send(msg: ConvertMessage, media: readonly Converted[], send: ConvertSend): void {
    if (media.length === 0) {
      return;
    }
    const rest = { ...msg };
    delete rest.payload;
    delete rest.action;
    send([media.map((piece) => this.#mediaMessage(rest, piece)), null]);
    const last = media.at(-1)?.format;
    if (last?.init !== true && last?.reset !== true) {
      this.#log.recovered((trouble) => `Converting again after ${trouble}.`);
      this.#show({ fill: 'green', shape: 'dot', text: statusText(last) });
    }
  }

  #mediaMessage(rest: ConvertMessage, { data, description, format, chunk }: Converted): ConvertMessage {
    const own = this.port.clone({ ...rest });
    return {
      ...own,
      payload: description === undefined ? data : structuredClone(description),
      kvs: { ...(isRecord(own.kvs) ? own.kvs : {}), ...chunk, format: structuredClone(format) },
    };
  }

  #fail(msg: ConvertMessage, failures: readonly Failure[], attempt: number, send: ConvertSend): void {
    if (failures.length === 0) {
      return;
    }
    send([null, failures.map((failure) => errorMessage(msg, failure, attempt))]);
    const skipped = failures.findLast(({ action }) => action === 'skip');
    if (skipped !== undefined) {
      this.#show({ fill: 'red', shape: 'ring', text: skipped.ErrorType });
      this.#log.began(skipped.ErrorType, skipped.message);
    }
  }

  /** At most one a second, since the editor is sent each; the last one is shown in any case. */
  #show(status: NodeStatus): void {
    const text = JSON.stringify(status);
    if (text === this.#shown) {
      return;
    }
    const wait = this.#shownAt + STATUS_EVERY_MS - this.monotonic();
    clearTimeout(this.#timer);
    if (wait <= 0) {
      this.#shown = text;
      this.#shownAt = this.monotonic();
      this.port.status(status);
    } else {
      this.#timer = setTimeout(() => {
        this.#shownAt = -Infinity;
        this.#show(status);
      }, wait).unref();
    }
  }
}

/** What a message cannot be taken for; undefined where nothing is wrong. Worded without the value at fault. */
function refusalOf({ action, payload, kvs }: ConvertMessage): string | undefined {
  if (action !== undefined && action !== 'reset') {
    return 'The input message was refused: msg.action can only be "reset".';
  }
  if (action === 'reset') {
    return undefined;
  }
  if (isRecord(kvs) && kvs['frame'] !== undefined) {
    return 'The input message was refused: it holds a single frame. Let kvs-get-media send chunks.';
  }
  return Buffer.isBuffer(payload)
    ? undefined
    : 'The input message was refused: msg.payload must be a Buffer with one or more chunks.';
}

function errorMessage(msg: ConvertMessage, failure: Failure, attempt: number): ConvertMessage {
  const { ErrorType, message, action, chunk } = failure;
  const kvs = isRecord(msg.kvs) ? msg.kvs : {};
  const identity = ['StreamName', 'StreamARN', 'FragmentNumber', 'ContinuationToken'].filter(
    (name) => kvs[name] !== undefined,
  );
  const error: ConvertMessage = {
    ...(msg.topic === undefined ? {} : { topic: msg.topic }),
    payload: {
      ErrorType,
      RequestId: null,
      message,
      operation: 'Convert',
      statusCode: null,
      retryable: false,
      action,
      attempt,
    },
    kvs: { ...Object.fromEntries(identity.map((name) => [name, kvs[name]])), ...chunk },
  };
  return msg._msgid === undefined ? error : { _msgid: msg._msgid, ...error };
}

/** Under 20 characters where that is possible. */
function statusText(format: Converted['format'] | undefined): string {
  const { codecs, mimeType = '', width, height } = format ?? {};
  const what = codecs?.join(' ') ?? mimeType.replace(/;.*/, '');
  return width === undefined || height === undefined ? what : `${what} ${width}x${height}`;
}

function problemText({ property, key }: ConvertProblem): string {
  switch (key) {
    case 'unknownTarget':
      return 'to is none of the forms that chunks can be converted to';
    case 'notANumber':
      return `${property} is not a number`;
    case 'outOfRange':
      return `${property} is out of range`;
    case 'newerVersion':
      return 'its settings were made by a newer version of this package';
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
