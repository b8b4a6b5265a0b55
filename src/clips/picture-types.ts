/** Requests for pictures of stored media, and their results. Times are in ms since the epoch by the range's clock. */
import type { ArchiveDependencies, RangeRequest, Span } from '../archive';
import type { KinesisVideoService } from '../kinesis-video';
import type { PictureForm } from '../pictures';
import type { ErrorReport } from '../session';

/** Pictures at `from`, and every `intervalMs` after it until before `to`. */
export interface PictureRequest extends RangeRequest {
  /** 0: one picture, at `from`. */
  readonly intervalMs: number;
  /** Numbers, names and types of tracks, of which the first video is shown; empty: all. */
  readonly tracks: readonly string[];
  readonly maxChunkBytes: number;
  readonly form: PictureForm & { readonly as: 'jpeg' | 'png' };
  /** What decodes: this machine's ffmpeg, or the service. `auto`: ffmpeg where it is installed, otherwise the service. */
  readonly source: 'auto' | 'ffmpeg' | 'GetImages';
}

export interface PictureDependencies extends ArchiveDependencies {
  readonly images: Pick<KinesisVideoService, 'getImages'>;
}

export interface StoredPicture {
  /** The moment that was asked for. */
  readonly at: number;
  /** When the frame that is shown then is first shown; of a picture that the service made, the time that it gives. */
  readonly frameTime: number;
  readonly FragmentNumber: string;
  readonly width: number;
  readonly height: number;
  /** In memory of its own. */
  readonly data: Buffer;
}

export interface PicturesResult {
  /** Number of pictures. */
  readonly pictures: number;
  /** Moments at which nothing is shown. */
  readonly without: number;
  /** From the first of them to the last. */
  readonly withoutSpan?: Span;
  /** The beginning of the range, where it is outside the retention period. */
  readonly notRetained?: Span;
}

export interface PictureEvents {
  /** In the order of time. The next one comes when this one is dealt with. What it throws ends the request. */
  picture(picture: StoredPicture): Promise<void>;
  /** A chunk is skipped. */
  error(error: ErrorReport): void;
}
