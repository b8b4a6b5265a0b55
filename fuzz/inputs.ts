/** Reads and writes the inputs in `corpus/` and `findings/`. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Inputs kept beside the fuzzer: few and small ones to begin with, and all that was ever found. */
export type Store = 'corpus' | 'findings';

/** All that is kept for a target. */
export function load(target: string): Buffer[] {
  return (['findings', 'corpus'] as const)
    .map((store) => join(__dirname, store, target))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .sort()
        .map((name) => readFileSync(join(folder, name))),
    );
}

/** Under a name made from its content. Gives the file's path. */
export function save(store: Store, target: string, input: Buffer): string {
  const folder = join(__dirname, store, target);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, createHash('sha256').update(input).digest('hex').slice(0, 16));
  writeFileSync(file, input);
  return relative(process.cwd(), file);
}

export function replaceCorpus(target: string, inputs: readonly Buffer[]): void {
  rmSync(join(__dirname, 'corpus', target), { recursive: true, force: true });
  for (const input of inputs) {
    save('corpus', target, input);
  }
}
