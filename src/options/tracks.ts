/** Which tracks a node takes, as a person types them: numbers, names and types, separated by commas. */
import { isBlank } from './setting-values';

/** The entries of a list that `areTracksMalformed` has passed; empty: all tracks. */
export function parseTracks(value: unknown): readonly string[] {
  return isBlank(value) ? [] : entriesOf(value);
}

/**
 * An entry is missing between commas, or begins with a digit and is no track number. A name of digits and letters
 * alone would be one too, but is far more often a slip.
 */
export function areTracksMalformed(value: unknown): boolean {
  return (
    !isBlank(value) &&
    entriesOf(value).some(
      (entry) => entry === '' || (/^[\d+-]/.test(entry) && !/^[1-9]\d{0,15}$/.test(entry)),
    )
  );
}

function entriesOf(value: unknown): readonly string[] {
  const list = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  return list.split(',').map((track) => track.trim());
}
