/** Tells nodes when all flows have been started. */
import type { EventEmitter } from 'node:events';

type Begin = () => void;

/**
 * Waits for the flows to be there, for any number of nodes with one listener: with one for each, Node.js warns of a
 * memory leak from the eleventh node on. While nobody waits there is no listener.
 */
export class FlowsStarted {
  readonly #waiting = new Set<Begin>();
  readonly #onStarted = (): void => {
    const begins = [...this.#waiting];
    this.#waiting.clear();
    for (const begin of begins) {
      begin();
    }
  };

  constructor(private readonly events: Pick<EventEmitter, 'once' | 'removeListener'>) {}

  /** Calls back once, when the flows of this deploy have started. Returns what cancels it. */
  whenStarted(begin: Begin): () => void {
    if (this.#waiting.size === 0) {
      this.events.once('flows:started', this.#onStarted);
    }
    this.#waiting.add(begin);
    return () => {
      if (this.#waiting.delete(begin) && this.#waiting.size === 0) {
        this.events.removeListener('flows:started', this.#onStarted);
      }
    };
  }
}
