/**
 * A target in one piece of code, with counters in the code that it is about.
 *
 * Not jazzer.js, which would do the same: its prebuilt addon asks for a newer C library than Debian 12 has.
 */
import { readFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { build, transform, type Plugin } from 'esbuild';
import { createInstrumenter } from 'istanbul-lib-instrument';

const REPOSITORY = resolve(__dirname, '..');
/** What is to be covered; the fuzzer and its targets are not. */
const COVERED = ['src', 'nodes'].map((folder) => join(REPOSITORY, folder) + sep);
/** How istanbul counts functions, statements and branches: a call each time, where one write will do. */
const COUNTED = /\bcov_\w+\(\)\.([sfb]\[\d+\](?:\[\d+\])?)\+\+/g;
/** Istanbul's tables of what is counted, which nobody reads here. */
const TABLES = /^(?:\/\* istanbul[^]*?\*\/\s*)?function cov_\w+\(\) \{[^]*?\n\}\ncov_\w+\(\);\n/m;

export interface Instrumented {
  readonly code: string;
  readonly counters: number;
}

/** Name of the global `Uint8Array` that the code counts in; a constant of the code's own as well, which is quicker. */
const COUNTERS = '__counters';

export async function instrumented(entry: string): Promise<Instrumented> {
  const instrumenter = createInstrumenter({ esModules: true, produceSourceMap: false, compact: false });
  let counters = 0;
  const plugin: Plugin = {
    name: 'counters',
    setup: (pending) => {
      pending.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (!COVERED.some((folder) => path.startsWith(folder))) {
          return undefined;
        }
        const { code } = await transform(await readFile(path, 'utf8'), { loader: 'ts', target: 'node20' });
        const contents = instrumenter
          .instrumentSync(code, path)
          .replace(TABLES, '')
          .replace(COUNTED, () => `${COUNTERS}[${counters++}]++`);
        if (/\bcov_\w+\(\)/.test(contents)) {
          throw new Error(`${path}: istanbul counts in a way that is not known here`);
        }
        return { contents, loader: 'js' };
      });
    },
  };
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'warning',
    plugins: [plugin],
  });
  const begin = `const ${COUNTERS} = globalThis.${COUNTERS} = new Uint8Array(${Math.ceil(counters / 4) * 4});\n`;
  return { code: begin + (outputFiles[0]?.text ?? ''), counters };
}
