/** Run with a low limit of file descriptors: says as JSON what a decoder does while the process has none left. */
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecoderError, KeyFrameDecoder } from '../src/pictures';

async function withoutDescriptors(action: () => Promise<string>): Promise<string> {
  const held: number[] = [];
  try {
    for (;;) {
      held.push(openSync('/dev/null', 'r'));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EMFILE') {
      throw error;
    }
  }
  try {
    return await action();
  } finally {
    held.forEach(closeSync);
  }
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kvs-descriptors-'));
  try {
    const program = join(folder, 'decoder');
    writeFileSync(program, '#!/bin/sh\ncat > /dev/null\nprintf picture\n');
    chmodSync(program, 0o755);
    const decoder = new KeyFrameDecoder(program);
    const outcome = (): Promise<string> =>
      decoder.decode(Buffer.from('frame'), 'video/H264').then(String, (error: unknown) => {
        if (!(error instanceof DecoderError)) {
          throw error;
        }
        return `${error.ErrorType} ${error.statement.key}`;
      });
    const searching = await withoutDescriptors(outcome);
    await decoder.available();
    const starting = await withoutDescriptors(outcome);
    process.stdout.write(JSON.stringify({ searching, starting, later: await outcome() }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
