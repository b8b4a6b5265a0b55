/** The converters of one node. Chunks of several streams may come in turns, so that each stream has its own. */
import { createConverter, type Converted, type Converter } from '../../src/convert';
import type { ConvertSettings } from '../../src/options';

/** Streams that one node converts at a time; the one that was silent for longest starts anew. */
const MAX_STREAMS = 64;

/** One stream as it is converted. */
export interface ConvertedStream {
  readonly converter: Converter;
  /** Chunks in a row that could not be converted. */
  attempt: number;
  /** The stream's name, and the chunk of the last media. */
  last: Converted['chunk'];
}

export class StreamConverters {
  readonly #streams = new Map<string, ConvertedStream>();

  constructor(private readonly settings: ConvertSettings) {}

  of(streamName: string): ConvertedStream {
    const { settings } = this;
    const stream = this.#streams.get(streamName) ?? {
      converter: createConverter(settings.to, settings),
      attempt: 0,
      last: {},
    };
    this.#streams.delete(streamName);
    this.#streams.set(streamName, stream);
    const [oldest] = this.#streams.keys();
    if (this.#streams.size > MAX_STREAMS && oldest !== undefined) {
      this.#streams.delete(oldest);
    }
    return stream;
  }

  /** Ends all conversions. @returns what was still to come of them */
  end(): Converted[] {
    const ended = [...this.#streams.values()].flatMap(({ converter, last }) =>
      converter.end().map((piece) => ({ ...piece, chunk: last })),
    );
    this.clear();
    return ended;
  }

  clear(): void {
    this.#streams.clear();
  }
}
