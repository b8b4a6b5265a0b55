/** A file that is sent again and again, as fast as it is taken. */
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { FIRST_NUMBER } from './cameras';

const NUMBER_TAG = 'AWS_KINESISVIDEO_FRAGMENT_NUMBER';
const FILE_WRITE_BYTES = 64 * 1024;

/** A file of chunks whose fragment numbers are written anew for each time that it is sent: they must ascend. */
export class EndlessFile {
  readonly #bytes: Buffer;
  readonly #numbersAt: readonly number[];
  #next = FIRST_NUMBER;

  constructor(file: string) {
    this.#bytes = readFileSync(file);
    this.#numbersAt = numbersIn(this.#bytes);
  }

  async send(response: ServerResponse): Promise<void> {
    while (!response.destroyed) {
      for (const at of this.#numbersAt) {
        this.#bytes.write(String(this.#next++), at, 'latin1');
      }
      for (let at = 0; at < this.#bytes.length; at += FILE_WRITE_BYTES) {
        if (!response.write(this.#bytes.subarray(at, at + FILE_WRITE_BYTES))) {
          await flushed(response);
        }
      }
      // What is still to be sent is still to be read.
      await flushed(response);
    }
  }
}

/** Resolves when what was written is sent, or never will be. */
function flushed(response: ServerResponse): Promise<unknown> {
  return new Promise((resolve) => response.write('', resolve));
}

function numbersIn(bytes: Buffer): number[] {
  const found: number[] = [];
  for (let at = bytes.indexOf(NUMBER_TAG); at >= 0; at = bytes.indexOf(NUMBER_TAG, at + 1)) {
    const digits = /\d{47}/.exec(bytes.toString('latin1', at, at + 100));
    if (digits === null) {
      throw new Error('A fragment number that is no number of 47 digits.');
    }
    found.push(at + digits.index);
  }
  return found;
}
