import type { NodeStatus } from 'node-red';
import { systemClock } from '../../src/clock';
import { createConverter, type Converted, type Converter } from '../../src/convert';
import { checkConvert, type ConvertProperties, type ConvertSettings } from '../../src/options';
import { processTurn, type Turn } from '../../src/turn';
import {
  type ConvertMessage,
  errorMessage,
  isRecord,
  problemText,
  refusalOf,
  type Failure,
} from './convert-messages';
import { DecoderError, PictureDecoder, decodedFormat } from '../../src/pictures/picture-decoder';
import { Serial } from './serial';
import { TroubleLog } from '../shared/error-log';

/** What the converter needs of its Node-RED node. */
export interface ConvertPort {
  status(status: NodeStatus): void;
  warn(text: string): void;
  log(text: string): void;
  /** Copies a message, so that receivers do not share it. */
  clone(msg: ConvertMessage): ConvertMessage;
}

/** Media for output 1, errors for output 2. */
export type ConvertSend = (messages: [ConvertMessage[] | null, ConvertMessage[] | null]) => void;

/** Streams that one node converts at a time; the one that was silent for longest begins anew. */
const MAX_STREAMS = 64;
const STATUS_EVERY_MS = 1_000;
/** Converting so many frames counts as one event of the turn. */
const FRAMES_PER_EVENT = 64;
const IDLE: NodeStatus = { fill: 'grey', shape: 'ring', text: 'waiting for chunks' };
const JPEG = 'image/jpeg';

interface Stream {
  readonly converter: Converter;
  /** Chunks in a row that could not be converted. */
  attempt: number;
}

/** One kvs-convert node: chunk messages in, media and errors out. How chunks are converted is the engine's matter. */
export class ConvertNode {
  readonly #settings: ConvertSettings | undefined;
  readonly #problem: string | undefined;
  readonly #streams = new Map<string, Stream>();
  #shown = '';
  #shownAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  readonly #log: TroubleLog;
  #closed = false;
  readonly #serial = new Serial();

  constructor(
    private readonly port: ConvertPort,
    properties: ConvertProperties,
    private readonly decoder = new PictureDecoder(),
    private readonly monotonic: () => number = () => systemClock.monotonic(),
    private readonly turn: Turn = processTurn,
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

  /**
   * Settles when all that comes of the message has been sent. Never rejects for what is in a message. A message is
   * converted at once where the turn of the event loop has room, else after those before it; the media nodes share
   * the same turns, so that no more messages come than are converted.
   */
  async handle(msg: ConvertMessage, send: ConvertSend): Promise<void> {
    const pictures: Converted[] = [];
    await this.#serial.run(() => this.#convert(msg, send, pictures));
    await this.#decode(msg, pictures, send);
  }

  /** @param pictures gets the key frames that are still to be decoded */
  async #convert(msg: ConvertMessage, send: ConvertSend, pictures: Converted[]): Promise<void> {
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
    for (const { media, problems, frames } of stream.converter.steps(msg.payload)) {
      this.turn.spend(1 + frames / FRAMES_PER_EVENT, 0);
      const skipped = problems.some(({ action }) => action === 'skip');
      if (media.length > 0) {
        stream.attempt = 0;
      } else if (skipped) {
        stream.attempt += 1;
      }
      this.#fail(msg, problems, Math.max(1, stream.attempt), send);
      for (const piece of media) {
        if (settings.to === 'jpeg' && piece.format.mimeType !== JPEG) {
          pictures.push(piece);
        } else {
          this.#send(msg, [piece], send);
          await this.#untilRoom();
        }
      }
      await this.#untilRoom();
      if (this.#closed) {
        return;
      }
    }
  }

  /** Goes on at once, unless this turn of the event loop has brought all that it may. */
  async #untilRoom(): Promise<void> {
    while (this.turn.isOver && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.turn.next(resolve);
      });
    }
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
      await this.#untilRoom();
      try {
        const data = await this.decoder.decode(piece.data, piece.format.mimeType, piece.format);
        if (!this.#closed) {
          const { chunk, format } = piece;
          this.#send(msg, [{ data, chunk, format: decodedFormat(format) }], send);
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
    this.turn.spend(1, data.length);
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
    this.turn.spend(failures.length, 0);
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

/** Under 20 characters where that is possible. */
function statusText(format: Converted['format'] | undefined): string {
  const { codecs, mimeType = '', width, height } = format ?? {};
  const what = codecs?.join(' ') ?? mimeType.replace(/;.*/, '');
  return width === undefined || height === undefined ? what : `${what} ${width}x${height}`;
}
