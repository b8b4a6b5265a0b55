/** What a fuzz target is: what it runs, its first inputs, and its dictionary. */

/** Something that is fed with any bytes at all. */
export interface Target {
  readonly name: string;
  /** Inputs to begin with, made by us; what is found on the way is kept in the corpus. */
  readonly seeds: readonly Buffer[];
  /** What the format is made of: inserted and written over others. */
  readonly dictionary: readonly Buffer[];
  /** What a longer unit of the input begins with, so that such units are repeated and moved as a whole. */
  readonly unit?: Buffer;
  readonly maxBytes: number;
  /**
   * Throws where something is not as it must be; that is a finding. Gives a number that tells apart what happened, as
   * coverage alone does not: an input that brings a new one is kept, too.
   */
  run(input: Buffer): number;
}

/** FNV-1a over text, for `Target.run`. */
export function fingerprint(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}
