/**
 * One parser over one input, again and again for a second after a warm-up, in a process of its own.
 * The slices are Buffers in memory of their own, as a TLS socket hands them out,
 * made before and the same for every parser.
 *
 * node build/bench/reader-task.js '{"parser":"frame","input":"small","sliceBytes":16384,"seconds":1}'
 */
import { readFileSync } from 'node:fs';
import type { Found, ParserName } from './parsers';
import { parser } from './parsers';
import { inputFile, type InputName } from './input-file';

export interface ReaderTask {
  readonly parser: ParserName;
  readonly input: InputName;
  readonly sliceBytes: number;
  /** Measured, behind a warm-up of two thirds of it. */
  readonly seconds: number;
}

export interface ReaderResult extends Found {
  /** Of the input. */
  readonly inputBytes: number;
  readonly passes: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

async function main({ parser: name, input, sliceBytes, seconds }: ReaderTask): Promise<ReaderResult> {
  const file = readFileSync(inputFile(input));
  const slices: Buffer[] = [];
  for (let at = 0; at < file.length; at += sliceBytes) {
    const slice = Buffer.allocUnsafeSlow(Math.min(sliceBytes, file.length - at));
    file.copy(slice, 0, at);
    slices.push(slice);
  }
  const parse = parser(name, () => chunkEnds(file));
  const found = await parse(slices);
  const run = async (forSeconds: number): Promise<{ passes: number; wallSeconds: number }> => {
    const from = performance.now();
    let passes = 0;
    do {
      await parse(slices);
      passes += 1;
    } while (performance.now() - from < forSeconds * 1_000);
    return { passes, wallSeconds: (performance.now() - from) / 1_000 };
  };
  await run((seconds * 2) / 3);
  const before = process.cpuUsage();
  const measured = await run(seconds);
  const { user, system } = process.cpuUsage(before);
  return { ...found, ...measured, inputBytes: file.length, cpuSeconds: (user + system) / 1e6 };
}

/** A chunk's closing tags are its last element, so that it ends where the next EBML header begins. */
function chunkEnds(file: Buffer): number[] {
  const magic = Buffer.from('1a45dfa3', 'hex');
  const ends: number[] = [];
  for (let at = file.indexOf(magic, 1); at >= 0; at = file.indexOf(magic, at + 1)) {
    ends.push(at);
  }
  return [...ends, file.length];
}

main(JSON.parse(process.argv[2] ?? '{}') as ReaderTask).then(
  (result) => {
    console.log(JSON.stringify(result));
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
