/** The frames of one node that go out when the turn of the event loop ends. */
import type { NodeMessage } from 'node-red';
import type { EventLoopTurn } from '../../src/event-loop-turn';

/**
 * Sends what a turn of the event loop has brought in one go. To send each small frame as soon as it has been read takes a
 * tenth more CPU time: reading and Node-RED's way to the next node then take turns, and each finds the processor's caches
 * full of what the other has used.
 */
export class Outbox {
  readonly #waiting: NodeMessage[] = [];
  /** How many of those that wait have been sent: one that is being sent may lead to the next `flush`. */
  #sent = 0;
  readonly #flush = (): void => {
    this.flush();
  };

  /** @param send must not throw */
  constructor(
    private readonly send: (msg: NodeMessage) => void,
    private readonly turn: Pick<EventLoopTurn, 'atEnd'>,
  ) {}

  /** Sends the message at the end of this turn, after those that were added before. */
  add(msg: NodeMessage): void {
    if (this.#waiting.push(msg) === 1) {
      this.turn.atEnd(this.#flush);
    }
  }

  /** Sends what waits now. */
  flush(): void {
    const waiting = this.#waiting;
    while (this.#sent < waiting.length) {
      const msg = waiting[this.#sent++];
      if (msg !== undefined) {
        this.send(msg);
      }
    }
    waiting.length = 0;
    this.#sent = 0;
  }
}
