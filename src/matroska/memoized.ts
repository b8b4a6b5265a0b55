/** Remembers what was parsed last, since every chunk of a session repeats the same header. */
import { Children, type ElementBudget, type MasterElement } from './master';

/** Parses a master, but not the same bytes again: every chunk of a session replays the same header. */
export class Memoized<Parsed> {
  #last: { readonly bytes: Buffer; readonly parsed: Parsed } | undefined;

  constructor(private readonly parse: (children: Children) => Parsed) {}

  /** Throws `MalformedMediaError`. What it gives is shared by all who asked for the same bytes. */
  parsed(master: MasterElement, budget: ElementBudget): Parsed {
    const { bytes } = master;
    if (this.#last?.bytes.equals(bytes) !== true) {
      // A copy, since the bytes may be a view of a slice that is not ours to keep.
      this.#last = { parsed: this.parse(Children.of(master, budget)), bytes: Buffer.from(bytes) };
    }
    return this.#last.parsed;
  }
}
