/**
 * What goes from the run time to a preview's page: one record after the other in the body of one response. A record is
 * the length of its head (4 bytes, big-endian), the head (JSON, UTF-8), and as many bytes of media as the head says.
 * Known to both sides, so it knows neither Node.js nor the DOM.
 */

/** A new MP4 file begins: `ftyp` and `moov` follow. */
export interface InitRecord {
  readonly type: 'init';
  /** With the `codecs` parameter. */
  readonly mimeType: string;
  readonly width?: number;
  readonly height?: number;
  readonly bytes: number;
}

/** `moof` and `mdat` of one chunk follow. */
export interface MediaRecord {
  readonly type: 'media';
  /** On the file's own time line, ms. */
  readonly startMs: number;
  readonly durationMs: number;
  /** How far behind live the chunk was when the service sent it, ms; absent where the service did not say. */
  readonly MillisBehindNow?: number;
  readonly bytes: number;
}

/** What the media come from and how that is; sent when it changes and every few seconds. */
export interface StateRecord {
  readonly type: 'state';
  readonly StreamName: string;
  /** `node`: what the flow's node reads · `own`: a connection of the preview's own */
  readonly source: 'node' | 'own';
  readonly state: 'connecting' | 'streaming' | 'waiting' | 'retrying' | 'stopped';
}

/** Why there is no picture, or not all of it, in a sentence. */
export interface ProblemRecord {
  readonly type: 'problem';
  readonly message: string;
}

export type PreviewRecord = InitRecord | MediaRecord | StateRecord | ProblemRecord;

export interface Received {
  readonly record: PreviewRecord;
  readonly data: Uint8Array<ArrayBuffer>;
}

const LENGTH_BYTES = 4;
const LARGEST_HEAD = 64 * 1024;

/** The record's length and head; the media follow as they are. */
export function recordHead(record: PreviewRecord): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(JSON.stringify(record));
  const bytes = new Uint8Array(LENGTH_BYTES + head.length);
  new DataView(bytes.buffer).setUint32(0, head.length);
  bytes.set(head, LENGTH_BYTES);
  return bytes;
}

/** Finds the records in the pieces of a body. */
export class RecordReader {
  #pieces: Uint8Array[] = [];
  #held = 0;
  #record: PreviewRecord | undefined;
  #headBytes: number | undefined;

  /**
   * Takes a piece and gives the records that are whole with it.
   *
   * @throws where the bytes are no records
   */
  read(piece: Uint8Array): Received[] {
    this.#pieces.push(piece);
    this.#held += piece.length;
    const found: Received[] = [];
    for (let received = this.#next(); received !== undefined; received = this.#next()) {
      found.push(received);
    }
    return found;
  }

  #next(): Received | undefined {
    if (this.#record === undefined) {
      this.#record = this.#head();
    }
    const record = this.#record;
    const data = record === undefined ? undefined : this.#take('bytes' in record ? record.bytes : 0);
    if (record === undefined || data === undefined) {
      return undefined;
    }
    this.#record = undefined;
    return { record, data };
  }

  #head(): PreviewRecord | undefined {
    if (this.#headBytes === undefined) {
      const length = this.#take(LENGTH_BYTES);
      this.#headBytes = length && new DataView(length.buffer).getUint32(0);
      if (this.#headBytes !== undefined && this.#headBytes > LARGEST_HEAD) {
        throw new Error('This is no preview.');
      }
    }
    const head = this.#headBytes === undefined ? undefined : this.#take(this.#headBytes);
    if (head === undefined) {
      return undefined;
    }
    this.#headBytes = undefined;
    return JSON.parse(new TextDecoder().decode(head)) as PreviewRecord;
  }

  /** So many bytes in memory of their own, or nothing yet. Pieces are joined once. */
  #take(count: number): Uint8Array<ArrayBuffer> | undefined {
    if (this.#held < count) {
      return undefined;
    }
    const taken = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      const piece = this.#pieces[0] ?? new Uint8Array();
      const part = piece.subarray(0, count - filled);
      taken.set(part, filled);
      filled += part.length;
      if (part.length === piece.length) {
        this.#pieces.shift();
      } else {
        this.#pieces[0] = piece.subarray(part.length);
      }
    }
    this.#held -= count;
    return taken;
  }
}
