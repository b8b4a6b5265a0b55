/** Remembers what was parsed last, since every chunk of a session repeats the same header. */
import { Children, type ElementBudget, type MasterElement } from './master';

/** Parses a master, but not the same bytes again: every chunk of a session replays the same header. */
export class CachedMaster<Parsed> {
  #last: { readonly bytes: Buffer; readonly parsed: Parsed } | undefined;

  constructor(private readonly parse: (children: Children) => Parsed) {}

  /** Throws `MalformedMediaError`. What it gives is shared by all who asked for the same bytes. */
  parsed(master: MasterElement, budget: ElementBudget): Parsed {
    const { bytes, from, to } = master;
    const last = this.#last;
    if (last?.bytes.length === to - from && last.bytes.compare(bytes, from, to) === 0) {
      return last.parsed;
    }
    const parsed = this.parse(Children.of(master, budget));
    // A copy, since the bytes may be those of a slice that is not ours to keep.
    this.#last = { parsed, bytes: Buffer.from(bytes.subarray(from, to)) };
    return parsed;
  }
}
