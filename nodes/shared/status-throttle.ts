/** Shows the status of a node: not more often than the editor can use, and only what has changed. */
import type { NodeStatus } from 'node-red';
import type { Clock } from '../../src/clock';
import type { KvsState, ShownStatus } from './state-to-status';

/** Where the status goes. */
export interface StatusPort {
  status(status: NodeStatus & { readonly kvs: KvsState }): void;
}

const EVERY_MS = 1_000;

export class StatusThrottle {
  #shownAt = Number.NEGATIVE_INFINITY;
  #next: (() => ShownStatus) | undefined;
  #cancel: (() => void) | undefined;
  /** What of the last status decides whether another one is new. */
  #last = '';
  #state = '';
  #since = 0;

  constructor(
    private readonly port: StatusPort,
    private readonly clock: Clock,
  ) {}

  /** At once, also within a second of the last one. */
  show(status: ShownStatus): void {
    this.#send(status);
  }

  /** As soon as the last scheduled one is a second old; of several, the last is shown. It is made when it is shown. */
  schedule(status: () => ShownStatus): void {
    this.#next = status;
    const inMs = Math.max(0, this.#shownAt + EVERY_MS - this.clock.monotonic());
    this.#cancel ??= this.clock.after(inMs, () => {
      const make = this.#next;
      this.cancel();
      this.#shownAt = this.clock.monotonic();
      if (make !== undefined) {
        this.#send(make());
      }
    });
  }

  /** Drops the scheduled status. */
  cancel(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#next = undefined;
  }

  #send(status: ShownStatus): void {
    const { fill, shape, text, kvs } = status;
    const shown = JSON.stringify([fill, shape, text, kvs.state, kvs.ErrorType]);
    if (shown === this.#last) {
      return;
    }
    this.#last = shown;
    if (kvs.state !== this.#state) {
      this.#state = kvs.state;
      this.#since = this.clock.now();
    }
    const { state, ...rest } = kvs;
    this.port.status({ ...status, kvs: { state, since: this.#since, ...rest } });
  }
}
