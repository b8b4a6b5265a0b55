/** What can be wrong with media, as the error output names it. */
export type ConversionErrorType =
  | 'MalformedMedia'
  | 'ChunkTooLarge'
  | 'TruncatedChunk'
  | 'UnsupportedCodec'
  | 'NoSuchTrack'
  | 'InvalidCodecData'
  | 'InvalidFrame'
  | 'MissingKeyFrame'
  | 'TimeWentBack'
  | 'TracksChanged'
  | 'GapNotFilled';

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
