/** Shows the status of a node, not more often than the editor, which is sent each one, can use. */
import type { NodeStatus } from 'node-red';
import type { Clock } from '../../src/clock';

/** Where the status goes. */
export interface StatusPort {
  status(status: NodeStatus): void;
}

const EVERY_MS = 1_000;

export class StatusReporter {
  #shownAt = Number.NEGATIVE_INFINITY;
  #next: (() => NodeStatus) | undefined;
  #cancel: (() => void) | undefined;

  constructor(
    private readonly port: StatusPort,
    private readonly clock: Clock,
  ) {}

  /** At once, also within a second of the last one. */
  show(status: NodeStatus): void {
    this.port.status(status);
  }

  /** As soon as the last scheduled one is a second old; of several, the last is shown. It is made when it is shown. */
  schedule(status: () => NodeStatus): void {
    this.#next = status;
    const inMs = Math.max(0, this.#shownAt + EVERY_MS - this.clock.monotonic());
    this.#cancel ??= this.clock.after(inMs, () => {
      const make = this.#next;
      this.cancel();
      this.#shownAt = this.clock.monotonic();
      if (make !== undefined) {
        this.port.status(make());
      }
    });
  }

  /** Shows nothing of what is scheduled. */
  cancel(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#next = undefined;
  }
}
