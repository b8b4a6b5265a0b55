/** Pictures of any frame of all streams of one node: for each stream its decoders, and what is out unacknowledged. */
import type { Clock } from '../../src/clock';
import { conversionStatement, type Converted } from '../../src/convert';
import type { ConvertSettings, PictureSettings } from '../../src/options';
import { NewestPictures, StreamPictures, type StreamPicture } from '../../src/pictures';
import type { EventLoopTurn } from '../../src/event-loop-turn';
import {
  isComplete,
  pictureKeyOf,
  streamNameOf,
  withoutMedia,
  type ConvertMessage,
  type ConvertSend,
} from './convert-messages';
import { frameOf } from './read-frame-message';
import { imageOf, RAW } from './key-frame-pictures';
import type { PictureOutputs } from './picture-outputs';
import { SILENT_MS } from './stream-converters';

/** The message that brought a picture, without its media, and where to send what becomes of it. */
interface Origin {
  readonly msg: ConvertMessage;
  readonly send: ConvertSend;
}

interface PicturedStream {
  readonly pictures: StreamPictures<Origin>;
  readonly newest: NewestPictures<StreamPicture<Origin>>;
  /** When its last media came, by a monotonic clock, ms. */
  heardAt: number;
}

export class AnyFramePictures {
  /** The one that was heard longest ago comes first. */
  readonly #streams = new Map<string, PicturedStream>();

  constructor(
    private readonly settings: ConvertSettings,
    private readonly pictures: PictureSettings,
    private readonly clock: Clock,
    private readonly turn: EventLoopTurn,
    private readonly outputs: PictureOutputs,
  ) {}

  /** Settles when the decoder has the media of the message; pictures are sent when they are decoded. */
  async handle(msg: ConvertMessage, send: ConvertSend): Promise<void> {
    if (msg.action === 'ack') {
      this.#streams.get(streamNameOf(msg))?.newest.acknowledge(pictureKeyOf(msg) ?? '');
    } else if (msg.action === 'reset') {
      await this.#end([...this.#streams.keys()]);
    } else if (isComplete(msg)) {
      await this.#end([streamNameOf(msg)]);
    } else {
      const media = frameOf(msg) ?? msg.payload;
      const stream = this.#streamOf(streamNameOf(msg));
      if (Buffer.isBuffer(media) || isFrame(media)) {
        await stream.pictures.take(media, { msg: withoutMedia(msg), send });
      }
    }
  }

  close(): void {
    for (const { pictures, newest } of this.#streams.values()) {
      pictures.stop();
      newest.close();
    }
    this.#streams.clear();
  }

  /** Also lets go of streams that have been silent for too long; their decoders have ended before. */
  #streamOf(key: string): PicturedStream {
    const now = this.clock.monotonic();
    const stream = this.#streams.get(key) ?? this.#begin();
    stream.heardAt = now;
    this.#streams.delete(key);
    this.#streams.set(key, stream);
    for (const [name, { heardAt, pictures, newest }] of this.#streams) {
      if (now - heardAt < SILENT_MS) {
        break;
      }
      pictures.stop();
      newest.close();
      this.#streams.delete(name);
    }
    return stream;
  }

  #begin(): PicturedStream {
    const { as, width, quality, dropLate, maxInFlight } = this.pictures;
    const { intervalMs, tracks } = this.settings;
    const newest = new NewestPictures<StreamPicture<Origin>>(maxInFlight, this.clock, {
      send: (picture) => {
        this.#send(picture);
      },
      expired: ({ item }) => {
        const { msg, send } = item.origin;
        const statement = conversionStatement('conversion.notAcknowledged', {});
        this.outputs.problem(
          msg,
          { ErrorType: 'AckTimeout', statement, action: 'ignore', chunk: item.chunk },
          send,
        );
      },
    });
    const pictures = new StreamPictures<Origin>(
      {
        ...{ form: { as, width, quality }, intervalMs, tracks, dropLate },
        ...{ clock: this.clock, turn: this.turn },
      },
      {
        picture: (picture) => {
          const { track, frameTime } = picture.item;
          newest.offer(`${track.number} ${frameTime}`, picture);
        },
        problem: (problem, { msg, send }) => {
          this.outputs.problem(msg, problem, send);
        },
      },
    );
    return { pictures, newest, heardAt: 0 };
  }

  #send({ data, width, height, item }: StreamPicture<Origin>): void {
    const { origin, chunk, track, frameTime } = item;
    const picture: Converted = {
      ...{ data, chunk },
      format: {
        mimeType: this.pictures.as === 'jpeg' ? 'image/jpeg' : RAW,
        ...{ producerStart: frameTime, track, width, height },
      },
    };
    this.outputs.media(origin.msg, picture, origin.send, imageOf(picture, this.pictures));
  }

  /** Settles when their last pictures have come. */
  async #end(keys: readonly string[]): Promise<void> {
    const ending = keys.map((key) => this.#streams.get(key)).filter((stream) => stream !== undefined);
    for (const key of keys) {
      this.#streams.delete(key);
    }
    await Promise.all(
      ending.map(async ({ pictures, newest }) => {
        await pictures.end();
        newest.close();
      }),
    );
  }
}

function isFrame(media: unknown): media is NonNullable<ReturnType<typeof frameOf>> {
  return typeof media === 'object' && media !== null && !Buffer.isBuffer(media);
}
