import assert from 'node:assert/strict';
import type { Converted, Converter, MediaFormat, Problem } from '../../src/convert';

export interface Result {
  readonly media: Converted[];
  readonly problems: Problem[];
  /** What a file would hold, one for each init piece; one in all where there are none. */
  readonly files: Buffer[];
}

/** Hands chunks to a converter one by one. */
export function convertAll(chunks: readonly Buffer[], converter: Converter): Result {
  const results = chunks.map((chunk) => converter.convert(chunk));
  const media = results.flatMap((result) => result.media);
  return { media, problems: results.flatMap((result) => result.problems), files: filesOf(media) };
}

export function filesOf(media: readonly Converted[]): Buffer[] {
  const files: Buffer[][] = [];
  for (const { data, format } of media) {
    if (format.init === true || files.length === 0) {
      files.push([]);
    }
    files.at(-1)?.push(data);
  }
  return files.map((pieces) => Buffer.concat(pieces));
}

/** Keeps the last that was made, for tests of the same thing that follow one another. */
export function madeOnce<Source, Made>(make: (source: Source) => Made): (source: Source) => Made {
  let last: { readonly source: Source; readonly made: Made } | undefined;
  return (source) => {
    last = last?.source === source ? last : { source, made: make(source) };
    return last.made;
  };
}

/** The only one there is. */
export function only<Item>(found: Iterable<Item>): Item {
  const items = [...found];
  const [item, ...others] = items;
  if (item === undefined || others.length > 0) {
    assert.fail(`${items.length} items, where one is expected`);
  }
  return item;
}

export function typesOf(problems: readonly Problem[]): string[] {
  return problems.map(({ ErrorType }) => ErrorType);
}

export function formats(media: readonly Converted[]): MediaFormat[] {
  return media.map(({ format }) => format);
}

export function ofTrack(media: readonly Converted[], name: string): Converted[] {
  return media.filter(({ format }) => format.track?.name === name);
}

/** A finished WAV file: the lengths that nobody knew at its beginning are written into its header. */
export function withLengths(wav: Buffer): Buffer {
  const file = Buffer.from(wav);
  file.writeUInt32LE(file.length - 8, 4);
  file.writeUInt32LE(file.length - 44, 40);
  return file;
}
