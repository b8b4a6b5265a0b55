/** An answer that never ends. */
import type { ServerResponse } from 'node:http';

/** Sends the block again and again, as long as the connection lasts. The head is the caller's. */
export function sendWithoutEnd(response: ServerResponse, block: string): void {
  response.on('error', () => undefined);
  const more = (): void => {
    if (!response.destroyed) {
      // In another turn, or Node.js, which may call back at once, would do nothing else.
      response.write(block, () => setImmediate(more));
    }
  };
  more();
}
