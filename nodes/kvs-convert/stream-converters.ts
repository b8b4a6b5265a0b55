/**
 * The converters of one node: one for each stream, since chunks of several may come in turns, and a new one for each
 * contact of Amazon Connect. They are let go when a stream ends or is silent, so there is no limit to their number.
 */
import { createConverter, FileNames, type Converted, type Converter } from '../../src/convert';
import { definedOnly } from '../../src/defined-only';
import type { ConvertSettings } from '../../src/options';
import { contactOf, fileStreamName, streamNameOf, streamOf, type ConvertMessage } from './convert-messages';

/** A stream without chunks for so long is let go. Longer than the gaps in sound that are filled with silence. */
export const SILENT_MS = 15 * 60_000;

/** One stream as it is converted. */
export interface ConvertedStream {
  readonly converter: Converter;
  readonly contact: string | undefined;
  /** Undefined where files have no names. */
  readonly names: FileNames | undefined;
  /** For `names`. */
  readonly streamName: string;
  /** What a message of the stream says of it. */
  readonly origin: ConvertMessage;
  /** Chunks in a row that could not be converted. */
  attempt: number;
  /** The stream's name, and the chunk of the last media. */
  last: Converted['chunk'];
  /** When its last chunk came, by a monotonic clock, ms. */
  heardAt: number;
}

export class StreamConverters {
  /** The one that was heard longest ago comes first. */
  readonly #streams = new Map<string, ConvertedStream>();

  constructor(private readonly settings: ConvertSettings) {}

  /** When the stream was heard that has been silent for longest; undefined where there is none. */
  get heardFirst(): number | undefined {
    const [oldest] = this.#streams.values();
    return oldest?.heardAt;
  }

  /** The stream of a message and, where it is another contact of Amazon Connect than before, the one that has ended. */
  of(
    msg: ConvertMessage,
    now: number,
  ): { readonly stream: ConvertedStream; readonly ended: ConvertedStream | undefined } {
    const key = streamNameOf(msg);
    const contact = contactOf(msg);
    const known = this.#streams.get(key);
    const isOther = contact !== undefined && known?.contact !== undefined && contact !== known.contact;
    const stream = known === undefined || isOther ? this.#begin(msg, contact) : known;
    stream.heardAt = now;
    this.#streams.delete(key);
    this.#streams.set(key, stream);
    return { stream, ended: isOther ? known : undefined };
  }

  /** Lets go of a stream. */
  take(msg: ConvertMessage): readonly ConvertedStream[] {
    const key = streamNameOf(msg);
    const stream = this.#streams.get(key);
    this.#streams.delete(key);
    return stream === undefined ? [] : [stream];
  }

  /** Lets go of all streams. */
  takeAll(): readonly ConvertedStream[] {
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    return streams;
  }

  /** Lets go of the streams that have been silent for too long. */
  takeSilent(now: number): readonly ConvertedStream[] {
    const silent = [...this.#streams].filter(([, { heardAt }]) => now - heardAt >= SILENT_MS);
    for (const [key] of silent) {
      this.#streams.delete(key);
    }
    return silent.map(([, stream]) => stream);
  }

  #begin(msg: ConvertMessage, contact: string | undefined): ConvertedStream {
    const { settings } = this;
    const { pattern, timeZone = 'utc' } = settings.files ?? {};
    return {
      converter: createConverter(settings.to, settings),
      contact,
      names: pattern && new FileNames(pattern, timeZone),
      streamName: fileStreamName(msg),
      origin: { ...definedOnly({ topic: msg.topic }), kvs: streamOf(msg) },
      attempt: 0,
      last: {},
      heardAt: 0,
    };
  }
}

/** What was still to come of a stream that ends. */
export function endingOf({ converter, last }: ConvertedStream): Converted[] {
  return converter.end().map((piece) => ({ ...piece, chunk: last }));
}
