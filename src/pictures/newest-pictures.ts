/** Holds pictures back while their receiver is busy: of those that come meanwhile, the newest is kept. */
import type { Clock } from '../clock';

export interface NewestPicturesEvents<Picture> {
  send(picture: Picture): void;
  /** A picture was not acknowledged in time; the next one is sent all the same. */
  expired(picture: Picture): void;
}

/** For so long an acknowledgement is waited for. */
const ACKNOWLEDGE_MS = 60_000;

export class NewestPictures<Picture> {
  /** What was sent and has not been acknowledged, with what ends the wait for it. */
  readonly #sent = new Map<string, () => void>();
  #held: { readonly key: string; readonly picture: Picture } | undefined;

  /** @param maxInFlight how many pictures may be unacknowledged; 0: any number */
  constructor(
    private readonly maxInFlight: number,
    private readonly clock: Clock,
    private readonly events: NewestPicturesEvents<Picture>,
  ) {}

  /** @param key what the acknowledgement will say */
  offer(key: string, picture: Picture): void {
    if (this.maxInFlight === 0) {
      this.events.send(picture);
    } else if (this.#sent.size < this.maxInFlight) {
      this.#sent.get(key)?.();
      this.#sent.set(
        key,
        this.clock.after(ACKNOWLEDGE_MS, () => {
          this.#sent.delete(key);
          this.events.expired(picture);
          this.#next();
        }),
      );
      this.events.send(picture);
    } else {
      this.#held = { key, picture };
    }
  }

  /** The receiver is done with a picture. Gives false for one that is not out. */
  acknowledge(key: string): boolean {
    const cancel = this.#sent.get(key);
    cancel?.();
    this.#sent.delete(key);
    this.#next();
    return cancel !== undefined;
  }

  close(): void {
    this.#held = undefined;
    for (const cancel of this.#sent.values()) {
      cancel();
    }
    this.#sent.clear();
  }

  #next(): void {
    const held = this.#held;
    if (held !== undefined && this.#sent.size < this.maxInFlight) {
      this.#held = undefined;
      this.offer(held.key, held.picture);
    }
  }
}
