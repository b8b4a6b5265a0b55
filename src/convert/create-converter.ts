/** The one place that knows all forms of output. */
import type { Target } from '../options';
import { MkvConverter } from './containers/matroska/mkv-converter';
import { Mp4Converter } from './containers/mp4/mp4-converter';
import { DescriptionConverter } from './description/description-converter';
import { AnnexBConverter } from './elementary/annexb-converter';
import { AudioConverter } from './elementary/audio-converter';
import { PictureConverter } from './elementary/picture-converter';
import type { Converter, TrackFilter } from './types';

export interface ConverterOptions {
  /** Numbers, names or types of tracks; all if empty. */
  readonly tracks: TrackFilter;
  /** Between pictures, at least; 0 for all. */
  readonly intervalMs: number;
}

export function createConverter(to: Target, { tracks, intervalMs }: ConverterOptions): Converter {
  switch (to) {
    case 'mp4':
      return new Mp4Converter(tracks);
    case 'mkv':
      return new MkvConverter(tracks);
    case 'annexb':
      return new AnnexBConverter(tracks);
    case 'adts':
    case 'wav':
    case 'pcm':
      return new AudioConverter(to, tracks);
    case 'jpeg':
      return new PictureConverter(intervalMs, tracks);
    case 'info':
      return new DescriptionConverter(tracks);
  }
}
