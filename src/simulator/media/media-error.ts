/** Media that cannot be played. */

/** The file is not what it should be; the message says how, for a person. */
export class MediaError extends Error {
  override readonly name = 'MediaError';
}
