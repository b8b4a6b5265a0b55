/** Why there is no picture. */
export class DecoderError extends Error {
  override readonly name = 'DecoderError';

  constructor(
    readonly ErrorType: 'NoDecoder' | 'DecoderFailed' | 'DecoderBusy',
    message: string,
  ) {
    super(message);
  }
}
