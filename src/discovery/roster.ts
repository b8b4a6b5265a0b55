/** What a search says has come and gone. */
import type { StreamRef } from '../options';

/**
 * Lists come late and lack streams now and then, so a stream counts as gone after so many lists in a row without it; or
 * after one, where its own calls say that it does not exist.
 */
const MISSING_AT_MOST = 3;

export interface Change {
  readonly found: readonly StreamRef[];
  readonly gone: readonly StreamRef[];
}

export class Roster {
  /** Lists in a row that a known stream has been missing from, by name. */
  readonly #missing = new Map<string, number>();

  /**
   * Compares a list with what is known. A stream that was deleted and made again under its name has another ARN: it has
   * gone, and is found.
   *
   * @param isUnknown whether the service says that it does not know the stream
   */
  compare(
    known: Iterable<StreamRef>,
    listed: readonly StreamRef[],
    isUnknown: (StreamName: string) => boolean,
  ): Change {
    const left = new Map(listed.map((stream) => [stream.StreamName, stream]));
    const gone: StreamRef[] = [];
    for (const stream of known) {
      const { StreamName } = stream;
      const now = left.get(StreamName);
      if (now === undefined) {
        const times = (this.#missing.get(StreamName) ?? 0) + 1;
        this.#missing.set(StreamName, times);
        if (times >= MISSING_AT_MOST || isUnknown(StreamName)) {
          gone.push(stream);
        }
      } else {
        this.#missing.delete(StreamName);
        if (isSame(stream, now)) {
          left.delete(StreamName);
        } else {
          gone.push(stream);
        }
      }
    }
    for (const { StreamName } of gone) {
      this.#missing.delete(StreamName);
    }
    return { found: [...left.values()], gone };
  }
}

function isSame(known: StreamRef, listed: StreamRef): boolean {
  return (
    known.StreamARN === undefined || listed.StreamARN === undefined || known.StreamARN === listed.StreamARN
  );
}
