import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A chunk that was taken, as the headers of its request describe it. */
export interface Receipt {
  readonly fleet: string;
  readonly StreamName: string;
  readonly FragmentNumber: string;
  readonly leaseEpoch: number;
  readonly member: number;
  /** When the fleet node sent the message, ms since the epoch. */
  readonly sentAt: number;
}

/** Takes chunks, and says how many it has got. */
export class Sink {
  readonly receipts: Receipt[] = [];
  /** The member whose chunks are taken without an answer, so that it acknowledges none. */
  silentTo: number | undefined;
  readonly #unanswered: (() => void)[] = [];
  readonly #watchers = new Set<() => void>();
  readonly #server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const header = (name: string): string => String(request.headers[`x-${name}`]);
      const member = Number(header('member'));
      this.receipts.push({
        ...{ fleet: header('fleet'), StreamName: header('stream'), FragmentNumber: header('fragment') },
        ...{ leaseEpoch: Number(header('epoch')), member, sentAt: Number(header('sent-at')) },
      });
      const answer = (): void => {
        response.end('taken');
      };
      if (member === this.silentTo) {
        this.#unanswered.push(answer);
      } else {
        answer();
      }
      for (const look of this.#watchers) {
        look();
      }
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Answers what has waited for it, too late. */
  speak(): void {
    this.silentTo = undefined;
    for (const answer of this.#unanswered.splice(0)) {
      answer();
    }
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Resolves when it holds, or after a time. */
  async until(holds: () => boolean, withinMs: number): Promise<boolean> {
    const end = new AbortController();
    const late = pause(withinMs, false, { signal: end.signal }).catch(() => true);
    let look: (() => void) | undefined;
    const holding = new Promise<boolean>((resolve) => {
      look = () => {
        if (holds()) {
          resolve(true);
        }
      };
      this.#watchers.add(look);
      look();
    });
    const result = await Promise.race([holding, late]);
    end.abort();
    if (look !== undefined) {
      this.#watchers.delete(look);
    }
    return result;
  }
}
