import type { Target } from '../options';
import { AnnexBConverter } from './annexb';
import { AudioConverter } from './audio';
import { DescriptionConverter } from './description';
import { MkvConverter } from './mkv';
import { Mp4Converter } from './mp4';
import { PictureConverter } from './pictures';
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
