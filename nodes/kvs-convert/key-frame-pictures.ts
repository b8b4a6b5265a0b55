/** Pictures of key frames, each decoded by a process of its own. Those of M-JPEG need none. */
import type { Converted } from '../../src/convert';
import { definedOnly } from '../../src/defined-only';
import type { PictureSettings } from '../../src/options';
import { DecoderError, type KeyFrameDecoder, decodedFormat } from '../../src/pictures';
import type { EventLoopTurn } from '../../src/event-loop-turn';
import type { ConvertMessage, ConvertSend, ImageDescription } from './convert-messages';
import type { PictureOutputs } from './picture-outputs';

const JPEG = 'image/jpeg';
/** As far as GStreamer names pixels without a codec. */
export const RAW = 'video/x-raw';

export class KeyFramePictures {
  #closed = false;

  constructor(
    private readonly settings: PictureSettings,
    private readonly decoder: KeyFrameDecoder,
    private readonly turn: EventLoopTurn,
    private readonly outputs: PictureOutputs,
  ) {}

  /** Is a picture ready to be sent? */
  isReady({ format }: Converted): boolean {
    return format.mimeType === JPEG && this.settings.as === 'jpeg' && this.settings.width === 0;
  }

  /** One after the other, so that pictures come in their order. */
  async decode(msg: ConvertMessage, keyFrames: readonly Converted[], send: ConvertSend): Promise<void> {
    for (const piece of keyFrames) {
      await this.#untilRoom();
      try {
        const picture = await this.#decoded(piece);
        if (!this.#closed) {
          this.outputs.media(msg, picture, send, imageOf(picture, this.settings));
        }
      } catch (error) {
        if (!(error instanceof DecoderError)) {
          throw error;
        }
        if (!this.#closed) {
          const { ErrorType, statement } = error;
          this.outputs.problem(msg, { ErrorType, statement, action: 'skip', chunk: piece.chunk }, send);
        }
      }
    }
  }

  /** Ends what runs; what waits is not begun. */
  close(): void {
    this.#closed = true;
    this.decoder.close();
  }

  async #decoded({ data: stream, chunk, format }: Converted): Promise<Converted> {
    const { as, width, quality } = this.settings;
    const decoded = decodedFormat(format);
    if (as === 'jpeg' && width === 0) {
      return {
        data: await this.decoder.decode(stream, format.mimeType, format, quality),
        chunk,
        format: decoded,
      };
    }
    const picture = await this.decoder.decodeAs({ as, width, quality }, stream, format.mimeType, format);
    const { data, width: ownWidth, height } = picture;
    return {
      data,
      chunk,
      format: { ...decoded, mimeType: as === 'jpeg' ? JPEG : RAW, width: ownWidth, height },
    };
  }

  /** Continues at once, unless this turn of the event loop has brought all that it may. */
  async #untilRoom(): Promise<void> {
    while (this.turn.isExhausted && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.turn.next(resolve);
      });
    }
  }
}

export function imageOf({ format, chunk }: Converted, { as }: PictureSettings): ImageDescription {
  return {
    ...definedOnly({
      frameTime: format.producerStart,
      FragmentNumber: chunk.FragmentNumber,
      width: format.width,
      height: format.height,
    }),
    ...(as === 'jpeg' ? { mimeType: JPEG } : { pixelFormat: as }),
  };
}
