/** A response that is read straight from its socket, without a stream in between. */
import type { Socket } from 'node:net';
import type { BudgetedReader, SocketReadBudget } from './socket-read-budget';
import { StreamedResponse } from './streamed-response';

/** Hands on slices of the socket's buffer as they are parsed; copies only what comes while nobody wants it. */
export class SocketResponse extends StreamedResponse implements BudgetedReader {
  readonly #socket: Socket;
  readonly #budget: SocketReadBudget;
  /** Copies of the slices that came while the reader was paused: what was left of the socket's buffer. */
  readonly #queue: Buffer[] = [];
  #isComplete = false;
  /** The socket has been destroyed. Noted here, since to ask the socket is a good part of what a slice costs. */
  #isOver = false;
  #isHeld = false;

  constructor(
    statusCode: number,
    headers: Readonly<Record<string, string>>,
    socket: Socket,
    budget: SocketReadBudget,
  ) {
    super(statusCode, headers);
    this.#socket = socket;
    this.#budget = budget;
    socket.pause();
  }

  /** Takes a part of the body, which may be overwritten when this has returned. */
  take(slice: Buffer): void {
    if (this.#isOver) {
      return;
    }
    if (this.isFlowing && this.#queue.length === 0) {
      this.deliver(slice);
      this.#budget.spend(this);
    } else {
      this.#queue.push(Buffer.from(slice));
      this.#socket.pause();
    }
  }

  /** The body is complete. */
  complete(): void {
    this.#isComplete = true;
    this.#destroy();
    if (this.isFlowing && this.#queue.length === 0) {
      this.end();
    }
  }

  /** Ends the response with an error, unless its body is complete. */
  abort(error: Error): void {
    if (!this.#isComplete) {
      this.#destroy();
      this.fail(error);
    }
  }

  hold(): void {
    this.#isHeld = true;
    this.#socket.pause();
  }

  unhold(): void {
    this.#isHeld = false;
    if (this.isFlowing) {
      this.flow();
    }
  }

  protected override flow(): void {
    if (this.#queue.length > 0 || this.#isComplete) {
      // Not from within `read` or `resume`.
      process.nextTick(() => {
        this.#flush();
      });
    } else if (!this.#isHeld) {
      this.#socket.resume();
    }
  }

  protected override halt(): void {
    this.#socket.pause();
  }

  protected override release(): void {
    this.#queue.length = 0;
    this.#destroy();
  }

  #destroy(): void {
    this.#isOver = true;
    this.#socket.destroy();
  }

  #flush(): void {
    while (this.isFlowing) {
      const slice = this.#queue.shift();
      if (slice !== undefined) {
        this.deliver(slice);
      } else if (this.#isComplete) {
        this.end();
      } else {
        this.flow();
        return;
      }
    }
  }
}
