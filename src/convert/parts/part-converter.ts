/** Makes files that end: what another converter makes, in parts, each of which is complete by itself. */
import { definedOnly } from '../../defined-only';
import type { FileSettings } from '../../options';
import { greatest } from '../extremes';
import { type ChunkConverter, ChunkLoop } from '../input/chunk-loop';
import type { MediaChunk } from '../input/find-chunks';
import type { ConversionResults } from '../conversion-results';
import { ConversionError } from '../problems';
import { finish, StepBudget, type Steps } from '../steps';
import type {
  ChunkIdentity,
  Conversion,
  Converted,
  Converter,
  MediaFormat,
  PartFile,
  TrackFilter,
} from '../types';
import { PartCutter } from './part-cutter';
import { WavFile } from './wav-file';

/** Files that are open at a time, one for each track; the one that has been open for longest is ended. */
const MOST_FILES = 256;
/** Of all WAV files of a stream that are not complete yet. */
export const MAX_WAV_BYTES = 64 * 1024 * 1024;

/** A file that is not complete yet: of a track or, where all tracks go into one, of the stream. */
interface OpenFile {
  readonly index: number;
  readonly start: number | undefined;
  bytes: number;
  /** Of its last piece. */
  last: MediaFormat;
  chunk: ChunkIdentity;
  /** Undefined where pieces leave as they are made. */
  readonly wav: WavFile | undefined;
}

/**
 * Says of each piece which file it belongs to (`MediaFormat.file`), and ends files by a rule. A file that grows piece by
 * piece is ended by an empty piece with `reset`. WAV files leave whole, in one piece, when they are complete.
 */
export class PartConverter implements Converter {
  readonly #cutter: PartCutter;
  readonly #files = new Map<string, OpenFile>();
  /** Headers of WAV files by track: a file that has become too large is continued by another. */
  readonly #headers = new Map<string, Buffer>();
  #begun = 0;
  readonly #loop = new ChunkLoop(this);

  /** @param collectsWav gives WAV files whole */
  constructor(
    private readonly inner: ChunkConverter,
    rule: FileSettings,
    tracks: TrackFilter,
    private readonly collectsWav: boolean,
  ) {
    this.#cutter = new PartCutter(rule, tracks);
  }

  convert(payload: Buffer): Conversion {
    return this.#loop.run(payload);
  }

  steps(payload: Buffer): Iterable<Conversion> {
    return this.#loop.steps(payload);
  }

  end(): readonly Converted[] {
    this.#cutter.end();
    this.inner.end();
    return finish(this.#endFiles(new StepBudget()));
  }

  lost(): void {
    this.inner.lost();
  }

  *take(chunk: MediaChunk, results: ConversionResults, budget: StepBudget): Steps<void> {
    const pieces = yield* this.#cutter.cut(chunk, budget);
    for (const [i, piece] of pieces.entries()) {
      if (piece.begins) {
        this.inner.end();
        results.media.push(...(yield* this.#endFiles(budget)));
      }
      const from = results.media.length;
      try {
        yield* this.inner.take(piece.chunk, results, budget);
      } catch (error) {
        if (!(error instanceof ConversionError) || (i === 0 && from === 0)) {
          throw error;
        }
        // Something of the chunk has been given already.
        results.skip(error, chunk.identity);
        this.inner.lost();
      }
      const made = results.media.splice(from).map((one) => ({ one, key: keyOf(one.format, chunk) }));
      for (const { one, key } of made) {
        const media = made.find((other) => other.key === key && other.one.format.producerStart !== undefined);
        const start = media?.one.format.producerStart ?? piece.start;
        results.media.push(...(yield* this.#filed(one, key, start, budget)));
      }
      this.#cutter.bytes = greatest([...this.#files.values()].map(({ bytes }) => bytes));
    }
  }

  /** Gives what leaves now, with the file that it is of. @param start of the file if it begins with this piece */
  *#filed(one: Converted, key: string, start: number | undefined, budget: StepBudget): Steps<Converted[]> {
    const { data, format, chunk } = one;
    const given: Converted[] = [];
    const before = this.#files.get(key)?.last;
    if (
      format.init === true ||
      format.reset === true ||
      (before !== undefined && !isSameSound(before, format))
    ) {
      given.push(...(yield* this.#endFile(key, budget)));
    }
    if (format.reset === true) {
      return given;
    }
    const { collectsWav } = this;
    if (collectsWav && this.#openBytes() + data.length > MAX_WAV_BYTES) {
      given.push(...(yield* this.#endFiles(budget)));
    }
    if (collectsWav && format.init === true) {
      this.#headers.set(key, data);
      return given;
    }
    let file = this.#files.get(key);
    if (file === undefined) {
      const [oldest] = this.#files.keys();
      if (this.#files.size >= MOST_FILES && oldest !== undefined) {
        given.push(...(yield* this.#endFile(oldest, budget)));
        this.#headers.delete(oldest);
      }
      const header = collectsWav ? this.#headers.get(key) : undefined;
      const wav = header && new WavFile(header);
      file = { index: this.#begun++, start, bytes: 0, last: format, chunk, wav };
      this.#files.set(key, file);
    }
    file.bytes += data.length;
    file.last = format;
    file.chunk = chunk;
    if (file.wav === undefined) {
      given.push({ ...one, format: { ...format, file: fileOf(file) } });
    } else {
      file.wav.add(data, format);
    }
    return given;
  }

  #openBytes(): number {
    return [...this.#files.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  *#endFiles(budget: StepBudget): Steps<Converted[]> {
    const ended: Converted[] = [];
    for (const key of [...this.#files.keys()]) {
      ended.push(...(yield* this.#endFile(key, budget)));
    }
    return ended;
  }

  *#endFile(key: string, budget: StepBudget): Steps<Converted[]> {
    const file = this.#files.get(key);
    if (file === undefined) {
      return [];
    }
    this.#files.delete(key);
    const { last, chunk, wav } = file;
    const { mimeType, track, producerStart, durationMs = 0 } = last;
    const end = producerStart === undefined ? undefined : producerStart + durationMs;
    const ended = { ...fileOf(file), ...definedOnly({ end }), last: true };
    return wav === undefined
      ? [
          {
            data: Buffer.alloc(0),
            format: { mimeType, reset: true, ...definedOnly({ track }), file: ended },
            chunk,
          },
        ]
      : [{ data: yield* wav.whole(budget), format: { ...wav.format, file: ended }, chunk }];
  }
}

/** ADTS has no header that would begin a file. */
function isSameSound(one: MediaFormat, other: MediaFormat): boolean {
  return one.samplingFrequency === other.samplingFrequency && one.channels === other.channels;
}

function fileOf({ index, start }: OpenFile): PartFile {
  return { index, ...definedOnly({ start }), last: false };
}

/** Tracks go by their names where they have such, as `AudioConverter` has it: the numbers of Amazon Connect's change. */
function keyOf({ track }: MediaFormat, { tracks }: MediaChunk): string {
  if (track === undefined) {
    return '';
  }
  const { number, name } = track;
  const isOnly =
    name !== undefined && name !== '' && tracks.filter((other) => other.name === name).length === 1;
  return isOnly ? name : `#${number}`;
}
