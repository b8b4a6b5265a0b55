/** Chance that can be repeated: a small seeded generator (mulberry32), so that a run of the simulator can be repeated byte for byte. */
const STEP = 0x6d2b79f5;

export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + STEP) >>> 0;
    return mixed(state) / 2 ** 32;
  };
}

/** A number in [0, 1) that is always the same for the same seed and index: chance that needs no memory. */
export function chanceAt(seed: number, index: number): number {
  return mixed(((seed ^ Math.imul(index + 1, 0x9e3779b1)) + STEP) >>> 0) / 2 ** 32;
}

function mixed(state: number): number {
  let value = Math.imul(state ^ (state >>> 15), state | 1);
  value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
  return (value ^ (value >>> 14)) >>> 0;
}
