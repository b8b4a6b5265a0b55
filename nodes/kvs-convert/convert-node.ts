/** One kvs-convert node without Node-RED: what it does with messages. */
import { systemClock, type Clock } from '../../src/clock';
import type { Converted, Problem } from '../../src/convert';
import { checkConvert, type ConvertProperties, type ConvertSettings } from '../../src/options';
import { findFfmpeg, KeyFrameDecoder } from '../../src/pictures';
import { processTurn, type EventLoopTurn } from '../../src/event-loop-turn';
import { ErrorLog } from '../shared/error-log';
import { nodeStatement } from '../shared/node-statements';
import { StatusThrottle, type StatusPort } from '../shared/status-throttle';
import { Statuses, type ShownStatus } from '../shared/state-to-status';
import type { Words } from '../shared/words';
import { AnyFramePictures } from './any-frame-pictures';
import {
  failureMessage,
  isComplete,
  mediaMessage,
  refusalOf,
  streamOf,
  type ConvertMessage,
  type ConvertSend,
  type Failure,
  type ImageDescription,
  unreadable,
} from './convert-messages';
import { convertingStatus, idleStatus } from './convert-status';
import { conversionText, decoderFailure } from './conversion-text';
import { imageOf, KeyFramePictures } from './key-frame-pictures';
import type { PictureOutputs } from './picture-outputs';
import { Serial } from './serial';
import { settingsErrorText } from './settings-error-text';
import { type ConvertedStream, endingOf, SILENT_MS, StreamConverters } from './stream-converters';

/** What the converter needs of its Node-RED node. */
export interface ConvertPort extends StatusPort {
  warn(text: string): void;
  log(text: string): void;
  readonly words: Words;
  /** Copies a message, so that receivers do not share it. */
  clone(msg: ConvertMessage): ConvertMessage;
}

export type { ConvertSend } from './convert-messages';

/** What tests replace. */
export interface ConvertParts {
  readonly decoder?: KeyFrameDecoder;
  readonly clock?: Clock;
  readonly turn?: EventLoopTurn;
}

/** One kvs-convert node: chunk messages in, media and errors out. How chunks are converted is the engine's matter. */
export class ConvertNode {
  readonly #settings: ConvertSettings | undefined;
  readonly #problem: string | undefined;
  readonly #converters: StreamConverters | undefined;
  readonly #decoder: KeyFrameDecoder;
  readonly #keyFrames: KeyFramePictures | undefined;
  readonly #anyFrame: AnyFramePictures | undefined;
  readonly #turn: EventLoopTurn;
  readonly #status: StatusThrottle;
  readonly #statusTexts: Statuses;
  readonly #log: ErrorLog;
  readonly #serial = new Serial();
  readonly #clock: Clock;
  /** Cancels the look for silent streams; undefined where none is planned. */
  #cancelLook: (() => void) | undefined;
  /** As the last message brought it. */
  #lastSend: ConvertSend | undefined;
  #closed = false;

  constructor(
    private readonly port: ConvertPort,
    properties: ConvertProperties,
    { decoder = new KeyFrameDecoder(), clock = systemClock, turn = processTurn }: ConvertParts = {},
  ) {
    this.#decoder = decoder;
    this.#turn = turn;
    this.#clock = clock;
    this.#log = new ErrorLog(port, clock);
    this.#status = new StatusThrottle(port, clock);
    this.#statusTexts = new Statuses(port.words);
    const checked = checkConvert(properties);
    if ('settings' in checked) {
      const { settings } = checked;
      const { pictures } = settings;
      this.#settings = settings;
      if (pictures?.anyFrame === true) {
        this.#anyFrame = new AnyFramePictures(settings, pictures, clock, turn, this.#pictureOutputs);
      } else if (pictures !== undefined) {
        this.#keyFrames = new KeyFramePictures(pictures, decoder, turn, this.#pictureOutputs);
      }
      this.#converters = new StreamConverters(checked.settings);
      this.#show(idleStatus(port.words));
    } else {
      this.#problem = settingsErrorText(checked.problems, port.words);
      port.warn(this.#problem);
      this.#show(this.#statusTexts.failed('InvalidInput'));
    }
  }

  /** Looks for the decoder of pictures, where one may be needed. */
  async begin(): Promise<void> {
    if (this.#settings?.pictures === undefined) {
      return;
    }
    try {
      const isAnyFrame = this.#anyFrame !== undefined;
      const isFound = isAnyFrame ? (await findFfmpeg()) !== undefined : await this.#decoder.available();
      if (!isFound && !this.#closed) {
        this.port.log(this.port.words.own(`kvs-convert.error.${isAnyFrame ? 'NoDecoder' : 'noDecoder'}`));
      }
    } catch (error) {
      this.port.warn(decoderFailure(error, this.port.words).message);
    }
  }

  /**
   * Settles when all results of the message have been sent. Rejects only for a message that holds what cannot be read
   * or copied. A message is converted at once where the turn of the event loop has room, else after those before it;
   * the media nodes share the same turns, so that no more messages come than are converted.
   */
  async handle(msg: ConvertMessage, send: ConvertSend): Promise<void> {
    try {
      if (this.#anyFrame !== undefined && this.#refusalOf(msg) === undefined) {
        await this.#anyFrame.handle(msg, send);
        return;
      }
      const pictures: Converted[] = [];
      await this.#serial.run(() => this.#turn.run(this.#convert(msg, send, pictures)));
      await this.#keyFrames?.decode(msg, pictures, send);
    } catch (error) {
      this.#fail(msg, [unreadable(this.port.words)], 1, send);
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    this.#status.cancel();
    this.#log.close();
    this.#cancelLook?.();
    this.#converters?.takeAll();
    this.#keyFrames?.close();
    this.#anyFrame?.close();
  }

  /**
   * Step by step: others may have their turn after each.
   *
   * @param pictures gets the key frames that are still to be decoded
   */
  *#convert(msg: ConvertMessage, send: ConvertSend, pictures: Converted[]): Generator<undefined, void> {
    const settings = this.#settings;
    const converters = this.#converters;
    const refusal = this.#problem ?? this.#refusalOf(msg);
    if (settings === undefined || converters === undefined || refusal !== undefined) {
      this.#fail(
        msg,
        [{ ErrorType: 'InvalidInput', message: refusal ?? '', action: 'skip', chunk: {} }],
        1,
        send,
      );
      return;
    }
    this.#lastSend = send;
    if (msg.action === 'reset' || isComplete(msg)) {
      const streams = msg.action === 'reset' ? converters.takeAll() : converters.take(msg);
      this.#end(streams, send, msg.action === 'reset' ? msg : undefined);
      return;
    }
    if (!Buffer.isBuffer(msg.payload)) {
      return;
    }
    const { stream, ended } = converters.of(msg, this.#clock.monotonic());
    this.#end(ended === undefined ? [] : [ended], send);
    this.#lookForSilence();
    for (const { media, problems } of stream.converter.steps(msg.payload)) {
      const skipped = problems.some(({ action }) => action === 'skip');
      if (media.length > 0) {
        stream.attempt = 0;
      } else if (skipped) {
        stream.attempt += 1;
      }
      this.#fail(msg, problems.map(this.#worded), Math.max(1, stream.attempt), send);
      for (const piece of media) {
        stream.last = { ...streamOf(msg), ...piece.chunk };
        if (this.#keyFrames?.isReady(piece) === false) {
          pictures.push(piece);
        } else {
          const image = settings.pictures && imageOf(piece, settings.pictures);
          this.#send(msg, [piece], send, stream, image);
          yield;
        }
        if (this.#closed) {
          return;
        }
      }
      yield;
      if (this.#closed) {
        return;
      }
    }
  }

  /** Sends what was still to come of streams that end. @param msg that ended them */
  #end(streams: readonly ConvertedStream[], send: ConvertSend, msg?: ConvertMessage): void {
    for (const stream of streams) {
      this.#send(msg ?? stream.origin, endingOf(stream), send, stream);
    }
    if (this.#converters?.heardFirst === undefined) {
      this.#show(idleStatus(this.port.words));
    }
  }

  /** Plans to let go of the stream that is silent for longest, if it stays so. */
  #lookForSilence(): void {
    const first = this.#converters?.heardFirst;
    if (this.#cancelLook !== undefined || first === undefined || this.#closed) {
      return;
    }
    const waitMs = first + SILENT_MS - this.#clock.monotonic();
    this.#cancelLook = this.#clock.after(Math.max(1, waitMs), () => {
      this.#cancelLook = undefined;
      const ending = this.#serial.run(() => {
        const send = this.#lastSend;
        if (send !== undefined && !this.#closed) {
          this.#end(this.#converters?.takeSilent(this.#clock.monotonic()) ?? [], send);
          this.#lookForSilence();
        }
        return Promise.resolve();
      });
      ending.catch(() => {
        this.port.warn(this.port.words.text('input.unreadable'));
      });
    });
  }

  #refusalOf(msg: ConvertMessage): string | undefined {
    const refusal = refusalOf(msg, this.#anyFrame !== undefined);
    return refusal && this.port.words.own(`kvs-convert.error.${refusal}`);
  }

  readonly #worded = ({ ErrorType, statement, action, chunk }: Problem): Failure => ({
    ...{ ErrorType, action, chunk },
    message: conversionText(ErrorType, statement, this.port.words),
  });

  readonly #pictureOutputs: PictureOutputs = {
    media: (msg, picture, send, image) => {
      this.#send(msg, [picture], send, undefined, image);
    },
    problem: (msg, problem, send) => {
      this.#fail(msg, [this.#worded(problem)], 1, send);
    },
  };

  #send(
    msg: ConvertMessage,
    media: readonly Converted[],
    send: ConvertSend,
    stream?: ConvertedStream,
    image?: ImageDescription,
  ): void {
    if (media.length === 0) {
      return;
    }
    const messages = media.map((piece) => {
      this.#turn.spend(1, piece.data.length);
      const message = mediaMessage(msg, piece, (rest) => this.port.clone(rest), image);
      const { format } = piece;
      if (stream?.names !== undefined && format.file !== undefined) {
        message.filename = stream.names.of(stream.streamName, format, format.file, this.#clock.now());
      }
      return message;
    });
    send([messages, null]);
    const last = media.at(-1)?.format;
    if (last !== undefined && last.init !== true && last.reset !== true) {
      this.#log.recovered((causes) => nodeStatement('log.converting', { causes }));
      this.#show(convertingStatus(last));
    }
  }

  #fail(msg: ConvertMessage, failures: readonly Failure[], attempt: number, send: ConvertSend): void {
    if (failures.length === 0) {
      return;
    }
    this.#turn.spend(failures.length, 0);
    send([null, failures.map((failure) => failureMessage(msg, failure, attempt))]);
    const skipped = failures.findLast(({ action }) => action === 'skip');
    if (skipped !== undefined) {
      this.#show(this.#statusTexts.failed(skipped.ErrorType));
      this.#log.failing(skipped.ErrorType, skipped.message);
    }
  }

  #show(status: ShownStatus): void {
    this.#status.schedule(() => status);
  }
}
