/** ErrorTypes and names for a status, which has room for few characters. */

/** Node-RED asks for status texts under 20 characters: a longer one hides what is below and beside the node. */
export const LONGEST_STATUS = 19;

/** The ends of the words of `ResourceNotFound`, `KMS_KEY_DISABLED`, `video/H264` or `avc1.64001f mp4a`. */
const WORD_END = /[a-z0-9](?=[A-Z])|[A-Za-z0-9](?=[_./ -])/g;

/**
 * An ErrorType without the `Exception` that most end in, and more where that fits. A name that is too long ends with a
 * whole word and an ellipsis; output 2 has all of it.
 *
 * @param more what it is about: a setting, as far as there is room; or a wait, which begins with a digit and has its room
 * @param otherwise instead of a name whose first word does not fit
 */
export function errorText(ErrorType: string, more: string, otherwise: string): string {
  const name = ErrorType.replace(/(?<=.)Exception$/, '');
  if (/^\d/.test(more)) {
    return `${shortName(name, LONGEST_STATUS - 1 - more.length) || otherwise} ${more}`;
  }
  const short = shortName(name, LONGEST_STATUS) || otherwise;
  return `${short} ${shortName(more, LONGEST_STATUS - 1 - short.length)}`.trimEnd();
}

/** The name, or as many of its words as fit. */
export function shortName(name: string, length: number): string {
  if (name.length <= length) {
    return name;
  }
  const ends = [...name.matchAll(WORD_END)].map(({ index }) => index + 1);
  const end = ends.findLast((at) => at < length) ?? 0;
  return end === 0 ? '' : `${name.slice(0, end)}…`;
}
