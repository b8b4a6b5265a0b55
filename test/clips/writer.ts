/**
 * Writes clips of the chunks in a file to a folder, one after the other, until it is killed or cannot: run by tests as a
 * process of its own. Says what it has done, a line each.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileError, FileStore } from '../../src/clips';
import { ClipConverter, type ClipMedia, type FinishedClip } from '../../src/convert';
import { finish } from '../../src/convert/steps';

const [source = '', folder = '', limit = '1000000'] = process.argv.slice(2);
const chunks = readFileSync(source);

async function write(name: string): Promise<void> {
  const store = new FileStore(join(folder, name));
  await store.prepare();
  const made: (ClipMedia | FinishedClip)[] = [];
  const make = (one: ClipMedia | FinishedClip): void => {
    made.push(one);
  };
  const converter = new ClipConverter({ from: 0, to: 9e12, isServerTime: false }, [], {
    media: make,
    clip: make,
    drop: () => undefined,
  });
  try {
    const problems = [...converter.steps(chunks)].flatMap((step) => step.problems);
    if (problems.length > 0) {
      throw new Error(JSON.stringify(problems));
    }
    finish(converter.end());
    for (const one of made) {
      await ('head' in one ? store.finish(one, new AbortController().signal) : store.media(one));
    }
  } finally {
    await store.discard();
  }
}

async function run(): Promise<void> {
  for (let i = 0; i < Number(limit); i++) {
    await write(`clip-${i}.mp4`);
    process.stdout.write(`written ${i}\n`);
  }
}

run().catch((error: unknown) => {
  process.stdout.write(error instanceof FileError ? `${error.reason} ${error.code}\n` : `${String(error)}\n`);
});
