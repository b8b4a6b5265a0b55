/** Limits of the service for what a producer sends. */

/** From a fragment's time to that of its last block. */
export const LONGEST_FRAGMENT_MS = 20_000;
export const MOST_TRACKS = 3;
