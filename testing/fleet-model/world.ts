/** Time in a model of several machines: events in order, machines whose clocks run at rates of their own, and processes that stop. */
import type { Clock } from '../../src/clock';
import { settle } from '../virtual-clock';

interface Happening {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class World {
  now = 0;
  #order = 0;
  /** A heap: the first event at the front. */
  readonly #heap: Happening[] = [];

  at(time: number, run: () => void): void {
    const heap = this.#heap;
    let child = heap.push({ at: Math.max(time, this.now), order: this.#order++, run }) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#isBefore(child, parent)) {
        break;
      }
      this.#swap(child, parent);
      child = parent;
    }
  }

  /** Lets everything happen until then, with all promises settled after each event. */
  async runUntil(end: number): Promise<void> {
    await settle();
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#removeFirst();
      this.now = next.at;
      next.run();
      await settle();
    }
    this.now = end;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) {
      return;
    }
    heap[0] = last;
    for (let parent = 0; ;) {
      const left = 2 * parent + 1;
      let least = parent;
      for (const child of [left, left + 1]) {
        if (child < heap.length && this.#isBefore(child, least)) {
          least = child;
        }
      }
      if (least === parent) {
        return;
      }
      this.#swap(parent, least);
      parent = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    return (
      first !== undefined &&
      second !== undefined &&
      (first.at < second.at || (first.at === second.at && first.order < second.order))
    );
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first !== undefined && second !== undefined) {
      this.#heap[a] = second;
      this.#heap[b] = first;
    }
  }
}

/** A process on a machine of its own. While it is stopped its clocks run, but nothing of it does. */
export class Process implements Clock {
  #isKilled = false;
  #isPaused = false;
  readonly #held: (() => void)[] = [];

  /** @param rate of its clocks @param offset of its clocks, ms */
  constructor(
    readonly world: World,
    private readonly rate: number,
    private readonly offset: number,
    readonly random: () => number,
  ) {}

  now(): number {
    return this.monotonic();
  }

  monotonic(): number {
    return this.offset + this.world.now * this.rate;
  }

  after(ms: number, callback: () => void): () => void {
    let isCancelled = false;
    this.world.at(this.world.now + ms / this.rate, () => {
      this.deliver(() => {
        if (!isCancelled) {
          callback();
        }
      });
    });
    return () => {
      isCancelled = true;
    };
  }

  /** Runs it in the process: now, or when the process continues, or never. */
  deliver(work: () => void): void {
    if (this.#isKilled) {
      return;
    }
    if (this.#isPaused) {
      this.#held.push(work);
    } else {
      work();
    }
  }

  get isRunning(): boolean {
    return !this.#isKilled && !this.#isPaused;
  }

  get isKilled(): boolean {
    return this.#isKilled;
  }

  pause(): void {
    this.#isPaused = true;
  }

  /** What was due meanwhile happens first, in its order. */
  continue(): void {
    this.#isPaused = false;
    for (const work of this.#held.splice(0)) {
      work();
    }
  }

  kill(): void {
    this.#isKilled = true;
    this.#held.length = 0;
  }
}
