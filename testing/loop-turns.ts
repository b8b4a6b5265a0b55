/** Turns of the event loop that pass when a test says so. */
export class LoopTurns {
  #due: (() => void)[] = [];

  /** For the constructor of `EventLoopTurn`. */
  readonly add = (callback: () => void): void => {
    this.#due.push(callback);
  };

  /** Is there anything to be done in the next turn? */
  get isDue(): boolean {
    return this.#due.length > 0;
  }

  /** Does what is due, but not what becomes due by that. */
  pass(): void {
    const due = this.#due;
    this.#due = [];
    for (const callback of due) {
      callback();
    }
  }

  /** Passes turns until nothing is due any more; gives their number. */
  passAll(): number {
    let count = 0;
    for (; this.isDue; count++) {
      this.pass();
    }
    return count;
  }
}
