/** Runs requests, so many at a time, in the order in which they came; the others wait. */

/** At a time, of one node. */
export const MOST_RUNNING = 2;
export const MOST_WAITING = 100;

/** A request in the queue. */
export interface Entry<Work> {
  readonly work: Work;
  readonly id: string | undefined;
  /** Aborts when the request is cancelled. */
  readonly controller: AbortController;
}

export class RequestQueue<Work> {
  readonly #running = new Set<Entry<Work>>();
  readonly #waiting: { readonly entry: Entry<Work>; readonly begin: () => void }[] = [];

  get running(): readonly Entry<Work>[] {
    return [...this.#running];
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get isFull(): boolean {
    return this.#running.size >= MOST_RUNNING && this.#waiting.length >= MOST_WAITING;
  }

  /** Runs the request when its turn has come, and settles with it. @throws the reason with which it is cancelled */
  async run<T>(work: Work, id: string | undefined, run: (entry: Entry<Work>) => Promise<T>): Promise<T> {
    const entry = { work, id, controller: new AbortController() };
    if (this.#running.size >= MOST_RUNNING) {
      await this.#turnOf(entry);
    }
    this.#running.add(entry);
    try {
      return await run(entry);
    } finally {
      this.#running.delete(entry);
      this.#waiting.shift()?.begin();
    }
  }

  /** Cancels the requests with the id, or all. Gives their number. */
  cancel(id: string | undefined, reason: Error): number {
    const all = [...this.#running, ...this.#waiting.map(({ entry }) => entry)];
    const chosen = all.filter(
      (entry) => !entry.controller.signal.aborted && (id === undefined || entry.id === id),
    );
    for (const { controller } of chosen) {
      controller.abort(reason);
    }
    return chosen.length;
  }

  async #turnOf(entry: Entry<Work>): Promise<void> {
    const { signal } = entry.controller;
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        const at = this.#waiting.findIndex((each) => each.entry === entry);
        this.#waiting.splice(at, 1);
        reject(signal.reason as Error);
      };
      const begin = (): void => {
        // Counted at once, so that whoever comes now does not take its place.
        this.#running.add(entry);
        signal.removeEventListener('abort', leave);
        resolve();
      };
      this.#waiting.push({ entry, begin });
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
