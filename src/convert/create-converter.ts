/** Makes the converter of each form of output. `index.ts` says how a form is added. */
import type { FileSettings, Target } from '../options';
import { MkvConverter } from './containers/matroska/mkv-converter';
import { Mp4Converter } from './containers/mp4/mp4-converter';
import { DescriptionConverter } from './description/description-converter';
import { AnnexBConverter } from './elementary/annexb-converter';
import { AudioConverter } from './elementary/audio-converter';
import { KeyFrameConverter } from './elementary/key-frame-converter';
import type { ChunkConverter } from './input/chunk-loop';
import { PartConverter } from './parts/part-converter';
import type { Converter, TrackFilter } from './types';

export interface ConverterOptions {
  /** Numbers, names or types of tracks; all if empty. */
  readonly tracks: TrackFilter;
  /** A picture every so often; 0 for all. */
  readonly intervalMs: number;
  /** Undefined where files do not end by themselves; media that is not kept in files never has parts. */
  readonly files?: FileSettings | undefined;
}

export function createConverter(to: Target, { tracks, intervalMs, files }: ConverterOptions): Converter {
  const inParts = (converter: ChunkConverter): Converter =>
    files === undefined
      ? converter
      : new PartConverter(converter, files, tracks, to === 'wav' && files.splitBy !== '');
  switch (to) {
    case 'mp4':
      return inParts(new Mp4Converter(tracks));
    case 'mkv':
      return inParts(new MkvConverter(tracks));
    case 'annexb':
      return inParts(new AnnexBConverter(tracks));
    case 'adts':
    case 'wav':
      return inParts(new AudioConverter(to, tracks));
    case 'pcm':
      return new AudioConverter(to, tracks);
    case 'jpeg':
    case 'raw':
      return new KeyFrameConverter(intervalMs, tracks);
    case 'info':
      return new DescriptionConverter(tracks);
  }
}
