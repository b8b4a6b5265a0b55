/** Which tracks a list of numbers, names and types takes. */
import type { Track } from './matroska';

/** Which tracks were asked for by number, name or type. An empty list asks for all. */
export function trackFilter(wanted: readonly string[]): (track: Track) => boolean {
  if (wanted.length === 0) {
    return () => true;
  }
  const names = new Set(wanted);
  return (track) =>
    names.has(String(track.number)) ||
    names.has(track.type) ||
    (track.name !== undefined && names.has(track.name));
}
