/** Words the problems of conversions: those of the media, and failures of the picture decoder. */
import { DecoderError } from '../../src/pictures';
import type { Statement } from '../../src/statement';
import type { Words } from '../shared/words';

/** @throws what is no failure of the decoder */
export function decoderFailure(
  error: unknown,
  words: Words,
): { readonly ErrorType: string; readonly message: string } {
  if (!(error instanceof DecoderError)) {
    throw error;
  }
  const { ErrorType, statement } = error;
  return { ErrorType, message: conversionText(ErrorType, statement, words) };
}

/** A problem of a conversion, in words. @param detail the cause */
export function conversionText(ErrorType: string, detail: Statement, words: Words): string {
  return words.own(`kvs-convert.error.${ErrorType}`, { detail });
}
