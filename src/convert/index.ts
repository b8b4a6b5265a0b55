/**
 * Turns chunks into what players, files and models take. Pure: bytes in, bytes and descriptions out; media is copied
 * once, into the piece that leaves. Knows chunks as `src/matroska` reads them, codecs, and containers; knows nothing of
 * Node-RED, of the network, of files, of processes or of clocks. A muxing library was weighed (mediabunny): it takes
 * concatenated chunks for one file and would be a seventh dependency, so the muxers are our own, and small.
 */
export { createConverter, type ConverterOptions } from './create-converter';
export type { ChunkDescription, TrackDescription } from './description/description-converter';
export { Mp4Converter } from './containers/mp4/mp4-converter';
export { CONVERSION_ERRORS, type ConversionErrorType } from './problems';
export type {
  ChunkIdentity,
  Conversion,
  Converted,
  Converter,
  MediaFormat,
  Problem,
  TrackFilter,
} from './types';
