/** How a GetMedia body is cut into slices, and what corrupts them. */
import type { BodyFault } from './fault';

export class Slices {
  readonly #random: () => number;
  readonly #faults: readonly BodyFault[];

  constructor(random: () => number, faults: readonly BodyFault[]) {
    this.#random = random;
    this.#faults = faults;
  }

  /** Length of the next slice: varied, so that no reader can count on where bodies are cut. */
  nextLength(): number {
    const chance = this.#random();
    return chance < 0.2 ? 1 + Math.floor(chance * 5 * 1460) : 16_384 + Math.floor(chance * 49_152);
  }

  /**
   * A slice as it is sent, after the `corrupt` faults.
   *
   * @param at bytes of the body that were sent before it
   */
  corrupted(bytes: Buffer, at: number): Buffer {
    let result = bytes;
    for (const fault of this.#faults) {
      if (fault.kind !== 'corrupt') {
        continue;
      }
      const from = Math.max(0, fault.offset - at);
      const to = Math.min(bytes.length, fault.offset + (fault.length ?? 16) - at);
      if (from < to) {
        // The bytes are shared by all who read the stream, so a copy is changed.
        result = Buffer.from(result);
        this.noise(to - from).copy(result, from);
      }
    }
    return result;
  }

  noise(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let index = 0; index < length; index++) {
      bytes[index] = Math.floor(this.#random() * 256);
    }
    return bytes;
  }
}

/** What a network's login page answers in place of the service. */
export const WEB_PAGE = Buffer.from(
  '<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Please sign in to this network</h1></body></html>\n',
);
