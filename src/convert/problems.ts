/** Problems of conversions: their names, and the error that carries one. */
import type { Statement } from '../statement';

/** What can be wrong with media, as the error output names it, and what a person can do. */
export const CONVERSION_ERRORS = {
  MalformedMedia: {
    meaning: 'The payload is not a Matroska chunk, or is damaged.',
    advice: 'Connect the media output of `kvs-get-media`, or a file of chunks, to the input.',
  },
  ChunkTooLarge: {
    meaning: 'A chunk is too large to convert, or has too many frames or elements.',
    advice: 'Configure the producer to make shorter fragments.',
  },
  TruncatedChunk: {
    meaning: 'A chunk ends too early. Its complete frames were converted.',
    advice: 'Check why the file was cut off. Chunks from `kvs-get-media` are complete.',
  },
  UnsupportedCodec: {
    meaning:
      'The format cannot hold this codec, or the frames are encrypted or compressed in a way that cannot be undone (zlib and header stripping can). Reported once. The track is left out, or the chunks if there is no other track.',
    advice: 'Choose another format. Matroska accepts any codec.',
  },
  NoSuchTrack: {
    meaning: 'No track has the number, name or type that the settings name. Reported once.',
    advice: '`msg.kvs.tracks` lists the tracks.',
  },
  InvalidCodecData: {
    meaning:
      'Parameter sets or the configuration of a codec are missing or broken. The other tracks are converted. This one joins in a new file when it can.',
    advice:
      'Check the producer: H.264 and H.265 need parameter sets in the codec private data or before key frames.',
  },
  InvalidFrame: {
    meaning: 'A frame is neither AVCC nor Annex B, or not a whole number of samples.',
    advice: 'Check the producer.',
  },
  MissingKeyFrame: {
    meaning: 'Decoding cannot begin before a key frame.',
    advice: 'If it does not pass, configure the producer to begin fragments with key frames.',
  },
  InvalidTimes: {
    meaning: 'The times within a chunk are hours apart.',
    advice: 'Check the clock of the producer.',
  },
  TimeWentBack: {
    meaning:
      'A chunk begins before the end of the previous one: a new session, a clock that was set, or a repeated chunk. It was appended after the previous one.',
    advice: 'Nothing to do if the producer started a new session.',
  },
  TracksChanged: { meaning: 'The tracks of the stream have changed. A new file begins.', advice: '' },
  GapNotFilled: {
    meaning:
      'A gap in the sound is too long to fill with silence, or this codec has no silence to fill it with.',
    advice: 'Begin a new file where `discontinuity` is true.',
  },
} as const satisfies Readonly<Record<string, { readonly meaning: string; readonly advice: string }>>;

export type ConversionErrorType = keyof typeof CONVERSION_ERRORS;

/** Why a chunk, or a part of it, cannot be converted. */
export class ConversionError extends Error {
  override readonly name = 'ConversionError';

  constructor(
    readonly ErrorType: ConversionErrorType,
    readonly statement: Statement,
  ) {
    super(statement.key);
  }
}
