/** The error of pictures that were not made: it says why as data. */
import type { Statement } from '../statement';

/** Why there is no picture. */
export class DecoderError extends Error {
  override readonly name = 'DecoderError';

  constructor(
    readonly ErrorType: 'NoDecoder' | 'DecoderFailed' | 'DecoderBusy',
    /** One of `DECODER_STATEMENTS`. */
    readonly statement: Statement,
  ) {
    super(statement.key);
  }
}
