/** How ffmpeg is to show pictures: their filters, their format, and their quality. */
import type { MediaFormat } from '../convert';

/** How a picture is to be shown, as the converter's formats tell it. */
export type ShownShape = Pick<MediaFormat, 'displayWidth' | 'displayHeight' | 'rotation' | 'mirrored'>;

/** Pixels at most of a picture, decoded or scaled: what the highest common levels of H.264 and H.265 allow, and 8K has. It bounds ffmpeg's memory. */
export const MAX_PIXELS = 35_651_584;

/** By degrees, clockwise. */
const QUARTER_TURNS: Readonly<Record<number, readonly string[]>> = {
  90: ['transpose=clock'],
  180: ['hflip', 'vflip'],
  270: ['transpose=cclock'],
};

/** What pictures become. */
export interface PictureForm {
  readonly as: 'jpeg' | 'png' | 'rgb24' | 'bgr24' | 'gray';
  /** Pixels; the height follows. 0: as it is. */
  readonly width: number;
  /** Of JPEG, 1 to 100. */
  readonly quality: number;
}

/** What makes a picture with square pixels of one that is to be shown so, upright. One that would be too large keeps its pixels. */
export function filtersOf({ displayWidth, displayHeight, rotation = 0, mirrored }: ShownShape): string[] {
  return [
    ...(displayWidth === undefined || displayHeight === undefined || displayWidth * displayHeight > MAX_PIXELS
      ? []
      : [`scale=${displayWidth}:${displayHeight}`, 'setsar=1']),
    ...(mirrored === true ? ['hflip'] : []),
    ...(QUARTER_TURNS[rotation] ?? []),
  ];
}

/** The filter of a width, where one is asked for. */
export function widthFilter({ width }: PictureForm): string[] {
  return width === 0 ? [] : [`scale=${width}:-1`];
}

const [WORST_QUALITY, BEST_QUALITY] = [31, 2];

/** The options of the encoder. ffmpeg counts JPEG's quality from 31, the worst, to 2. */
export function encoderOptions({ as, quality }: PictureForm): string[] {
  switch (as) {
    case 'jpeg': {
      const scale = Math.round(WORST_QUALITY - ((quality - 1) * (WORST_QUALITY - BEST_QUALITY)) / 99);
      return ['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', '-q:v', String(scale)];
    }
    case 'png':
      return ['-c:v', 'png'];
    default:
      // Matroska has no name of its own for such pixels.
      return ['-c:v', 'rawvideo', '-pix_fmt', as, '-allow_raw_vfw', '1'];
  }
}
