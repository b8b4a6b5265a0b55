/** For answers that are files: where they are stored, and what can go wrong there. */
import { ClipTooLargeError, FileError } from '../../src/clips';
import type { AnswerPort } from './answer-messages';
import { ownError, RequestFailure } from './archive-errors';

/** The path of the request's file. @throws RequestFailure where the settings give none */
export async function pathOf(port: AnswerPort): Promise<string> {
  const path = await port.filename();
  if (typeof path !== 'string' || path.trim() === '') {
    throw new RequestFailure(ownError('InvalidInput', port.words, 'noFilename'));
  }
  return path;
}

/** What a person can do something about, as the request's failure; else the error itself. */
export function failureOf(error: unknown, { words }: AnswerPort, StreamName: string): unknown {
  if (error instanceof ClipTooLargeError) {
    const megabytes = Math.round(error.maxBytes / 1_000_000);
    return new RequestFailure(ownError('ClipTooLarge', words, 'clipTooLarge', { StreamName, megabytes }));
  }
  if (error instanceof FileError) {
    const { path, code, reason } = error;
    return new RequestFailure(ownError('FileError', words, `file.${reason}`, { path, code }));
  }
  return error;
}
