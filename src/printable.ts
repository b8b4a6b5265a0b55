/** Makes text that others have written safe to show in a terminal. */

/** Control characters, which a terminal obeys, and marks that are not seen but hide or reorder what is. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Text that others have written (names, messages of a service), safe to show in a terminal: what is not seen is written
 * as an escape, such as `\u001b`, which JSON takes too.
 *
 * @param most characters; the rest is left out
 */
export function printable(text: string, most = 2000): string {
  const shown = text.length > most ? `${text.slice(0, most)}…` : text;
  return shown.replace(UNSEEN, (found) =>
    Array.from(
      { length: found.length },
      (_, index) => `\\u${found.charCodeAt(index).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
