/** A small seeded generator (mulberry32), so that a run of the simulator can be repeated byte for byte. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number in [0, 1) that is always the same for the same seed and index: chance that needs no memory. */
export function chanceAt(seed: number, index: number): number {
  return seededRandom(seed ^ Math.imul(index + 1, 0x9e3779b1))();
}
