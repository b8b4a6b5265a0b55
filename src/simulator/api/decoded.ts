/** The text that a part of a path encodes; where it is no percent-encoding, as it is: then it is no valid name either. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
