/** Tokens for the next page of a sorted list: base64 of the last item that was listed. */
import { invalidArgument, isAbsent } from './service-error';

const PREFIX = 'after:';

export function writeNextToken(last: string): string {
  return Buffer.from(`${PREFIX}${last}`).toString('base64');
}

/** The item after which the next page begins; undefined for the first. @throws {ServiceError} InvalidArgument */
export function readNextToken(token: unknown): string | undefined {
  if (isAbsent(token)) {
    return undefined;
  }
  const text = typeof token === 'string' ? Buffer.from(token, 'base64').toString('utf8') : '';
  if (!text.startsWith(PREFIX)) {
    throw invalidArgument('NextToken is not valid.');
  }
  return text.slice(PREFIX.length);
}
