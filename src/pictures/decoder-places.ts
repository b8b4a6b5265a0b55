/** How many decoders that stay may run in this process at a time: each takes memory for as long as its stream lasts. */
export class DecoderPlaces {
  #taken = 0;

  constructor(readonly count: number) {}

  /** Gives false where all are taken. */
  take(): boolean {
    if (this.#taken >= this.count) {
      return false;
    }
    this.#taken += 1;
    return true;
  }

  giveBack(): void {
    this.#taken -= 1;
  }
}

export const processPlaces = new DecoderPlaces(64);
