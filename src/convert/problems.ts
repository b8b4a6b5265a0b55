/** What can be wrong with media, as the error output names it, and what a person can do. */
export const CONVERSION_ERRORS = {
  MalformedMedia: {
    meaning: 'What came is no Matroska chunk, or is damaged.',
    advice: 'Wire the media output of `kvs-get-media`, or a file of chunks, to the input.',
  },
  ChunkTooLarge: { meaning: 'A chunk is larger than can be read.', advice: 'Shorter fragments.' },
  TruncatedChunk: {
    meaning: 'A chunk breaks off. Its whole frames were converted.',
    advice: 'See why the file was cut; GetMedia’s own chunks are whole.',
  },
  UnsupportedCodec: {
    meaning:
      'The form cannot hold this codec, or the frames are encrypted or compressed in a way that cannot be undone (zlib and header stripping can). Reported once; the track is left out, or the chunks if there is no other track.',
    advice: 'Choose another form, such as Matroska, which takes any codec.',
  },
  NoSuchTrack: {
    meaning: 'No track has a number, name or type that was asked for. Told once.',
    advice: 'See `msg.kvs.tracks` for what there is.',
  },
  InvalidCodecData: {
    meaning:
      'Parameter sets or the configuration of the codec are missing or broken. Without such a track, which joins in another file once it has them, the rest is converted.',
    advice: 'Look at the producer: H.264 and H.265 need them in the codec private data or before key frames.',
  },
  InvalidFrame: {
    meaning: 'A frame is neither AVCC nor Annex B, or no whole number of samples.',
    advice: 'Look at the producer.',
  },
  MissingKeyFrame: {
    meaning: 'Decoding cannot begin before a key frame.',
    advice: 'Nothing, if it passes; else let the producer begin fragments with key frames.',
  },
  InvalidTimes: { meaning: 'The times of a chunk span hours.', advice: 'Look at the producer’s clock.' },
  TimeWentBack: {
    meaning:
      'A chunk begins before the end of the one before: a new session, a clock that was set, a chunk that came twice. It was put behind it.',
    advice: 'Nothing, if the producer began anew.',
  },
  TracksChanged: { meaning: 'The tracks are others than before. A new file begins.', advice: '' },
  GapNotFilled: {
    meaning: 'More sound is missing than silence is put in for, or none can be made for this codec.',
    advice: 'Begin another file where `discontinuity` is true.',
  },
} as const satisfies Readonly<Record<string, { readonly meaning: string; readonly advice: string }>>;

export type ConversionErrorType = keyof typeof CONVERSION_ERRORS;

/** Why a chunk, or a part of it, cannot be converted. The message is a clause, without a full stop. */
export class ConversionError extends Error {
  override readonly name = 'ConversionError';

  constructor(
    readonly ErrorType: ConversionErrorType,
    message: string,
  ) {
    super(message);
  }
}
