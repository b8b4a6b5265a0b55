/** Does one thing after the other, in the order in which they were asked for. */
export class Serial {
  /** Settles when all that was asked for has been done; undefined where nothing is under way. */
  #last: Promise<void> | undefined;

  /** Begins at once where nothing is under way. Settles as the work does; one that fails does not stop the next. */
  async run(work: () => Promise<void>): Promise<void> {
    const mine = this.#last === undefined ? work() : this.#last.then(work);
    const settled = mine.catch(() => undefined);
    this.#last = settled;
    try {
      await mine;
    } finally {
      if (this.#last === settled) {
        this.#last = undefined;
      }
    }
  }
}
