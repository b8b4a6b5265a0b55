/** The fuzzing loop: mutates an input, runs the target, keeps what reaches new code and reports what fails. */
import { Coverage } from './coverage';
import { Mutator } from './mutator';
import { Random } from './random';
import type { Target } from './target';

/** An execution may take so long; what seems to take longer is timed again by the processor, as the machine may be busy. */
const SLOW_MS = 200;
const LARGEST_CORPUS = 4_000;
const SHRINKING_ATTEMPTS = 4_000;

export interface Finding {
  readonly input: Buffer;
  readonly message: string;
}

/** Runs one target over and over, from what has brought something new so far. */
export class Loop {
  executions = 0;
  readonly corpus: Buffer[] = [];
  readonly coverage: Coverage;
  readonly #random: Random;
  readonly #mutator: Mutator;
  /** Of findings, with their numbers left out: one of each kind is enough. */
  readonly #known = new Set<string>();

  /**
   * @param counters in which the target's code counts
   * @param before called with each input before it is run, in case that never ends
   */
  constructor(
    private readonly target: Target,
    private readonly counters: Uint8Array,
    seed: number,
    private readonly before: (input: Buffer) => void,
    private readonly onFinding: (finding: Finding) => void,
  ) {
    this.coverage = new Coverage(counters);
    this.#random = new Random(seed);
    this.#mutator = new Mutator(target.dictionary, target.unit, target.maxBytes);
  }

  /** Runs inputs as they are. */
  begin(inputs: readonly Buffer[]): void {
    for (const input of [...inputs, ...this.target.seeds, Buffer.alloc(0)]) {
      this.#execute(input);
    }
  }

  /** Runs one new input. */
  step(): void {
    const random = this.#random;
    const input = this.#mutator.mutate(this.#pick(), random, this.#pick());
    this.#execute(input);
  }

  /** The smallest inputs that together reach what all of them do, however often each reaches it. */
  minimised(): Buffer[] {
    const reached = new Uint8Array(this.counters.length);
    return [...this.corpus]
      .sort((a, b) => a.length - b.length)
      .filter((input) => {
        this.counters.fill(0);
        attempt(this.target, input);
        let isNew = false;
        for (const [i, count] of this.counters.entries()) {
          isNew ||= count !== 0 && reached[i] === 0;
          reached[i] = (reached[i] ?? 0) | (count === 0 ? 0 : 1);
        }
        return isNew;
      });
  }

  #execute(input: Buffer): void {
    this.before(input);
    this.executions += 1;
    const began = performance.now();
    const outcome = attempt(this.target, input);
    const isSlow = performance.now() - began > SLOW_MS && this.#isSlow(input);
    const failure = typeof outcome === 'number' ? (isSlow ? `more than ${SLOW_MS} ms` : undefined) : outcome;
    if (failure !== undefined) {
      this.#find(input, failure);
    }
    const isNew = this.coverage.take(typeof outcome === 'number' ? outcome : 0);
    if (isNew && failure === undefined) {
      const { length } = this.corpus;
      this.corpus[length < LARGEST_CORPUS ? length : this.#random.below(length)] = Buffer.from(input);
    }
  }

  #isSlow(input: Buffer): boolean {
    return [1, 2].every(() => {
      const began = process.cpuUsage();
      attempt(this.target, input);
      const { user, system } = process.cpuUsage(began);
      return (user + system) / 1000 > SLOW_MS;
    });
  }

  #find(input: Buffer, message: string): void {
    const kind = kindOf(message);
    if (!this.#known.has(kind)) {
      this.#known.add(kind);
      this.onFinding({ input: this.#shrunk(input, kind), message });
    }
  }

  /** Less of the input that fails in the same way. */
  #shrunk(input: Buffer, kind: string): Buffer {
    let least = Buffer.from(input);
    let attempts = 0;
    for (let length = least.length >> 1; length > 0; length >>= 1) {
      for (let at = 0; at < least.length && attempts < SHRINKING_ATTEMPTS; attempts++) {
        const less = Buffer.concat([least.subarray(0, at), least.subarray(at + length)]);
        const outcome = attempt(this.target, less);
        if (typeof outcome === 'string' && kindOf(outcome) === kind) {
          least = less;
        } else {
          at += length;
        }
      }
    }
    return least;
  }

  /** What came last has been tried least. */
  #pick(): Buffer {
    const { length } = this.corpus;
    const random = this.#random;
    const at = random.below(2) === 0 ? random.below(length) : length - 1 - random.skewed(length);
    return this.corpus[at] ?? Buffer.alloc(0);
  }
}

/** The outcome, or what was thrown. */
function attempt(target: Target, input: Buffer): number | string {
  try {
    return target.run(input);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function kindOf(message: string): string {
  return (message.split('\n', 1)[0] ?? '').slice(0, 60).replace(/\d+/g, '0');
}
