/** The MP4 of a preview: made once for all viewers who want the same tracks. */
import { Mp4Converter, type Conversion, type Converted } from '../../src/convert';
import { definedOnly } from '../../src/defined-only';
import type { Chunk } from '../../src/matroska';
import type { EventLoopTurn } from '../../src/event-loop-turn';
import type { Words } from '../shared/words';
import type { InitRecord, MediaRecord, PreviewRecord } from './records';
import type { Viewer } from './viewer';

/** Chunks that wait to be converted; of more, the oldest are left out. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024;

interface Sent<Kind extends PreviewRecord> {
  readonly record: Kind;
  readonly data: Buffer;
}

export class Feed {
  readonly viewers = new Set<Viewer>();
  #converter: Mp4Converter;
  #init: Sent<InitRecord> | undefined;
  /** So that one who comes second need not wait for the next chunk. */
  #last: Sent<MediaRecord> | undefined;
  #problem: string | undefined;
  #waiting: Chunk[] = [];
  #isConverting = false;

  /**
   * @param words for what cannot be shown
   * @param failed called with what goes wrong that should not
   */
  constructor(
    private readonly tracks: readonly string[],
    private readonly turn: EventLoopTurn,
    private readonly words: Pick<Words, 'text'>,
    private readonly failed: (error: unknown) => void,
  ) {
    this.#converter = new Mp4Converter(tracks);
  }

  welcome(viewer: Viewer): void {
    if (this.#init !== undefined) {
      viewer.tell(this.#init.record, this.#init.data);
    }
    if (this.#last !== undefined) {
      viewer.media(this.#last.record, this.#last.data, true);
    }
    if (this.#problem !== undefined) {
      viewer.tell({ type: 'problem', message: this.#problem });
    }
  }

  /** What comes next has nothing to do with what came before. */
  restart(): void {
    this.#converter = new Mp4Converter(this.tracks);
    this.#init = undefined;
    this.#last = undefined;
    this.#problem = undefined;
    this.#waiting = [];
  }

  /** Converts a chunk, at once where this turn of the event loop has room. Its data must stay as it is. */
  take(chunk: Chunk): void {
    this.#waiting.push(chunk);
    while (this.#waiting.length > 1 && sizeOf(this.#waiting) > MOST_WAITING_BYTES) {
      this.#waiting.shift();
    }
    if (!this.#isConverting) {
      this.#isConverting = true;
      this.turn.run(this.#convert()).catch(this.failed);
    }
  }

  /** All that waits, step by step. */
  *#convert(): Generator<undefined, void> {
    try {
      for (let chunk = this.#waiting.shift(); chunk !== undefined; chunk = this.#waiting.shift()) {
        const converter = this.#converter;
        for (const conversion of converter.steps(chunk.data)) {
          if (converter !== this.#converter) {
            break;
          }
          this.#show(conversion, chunk);
          yield;
        }
      }
    } finally {
      this.#isConverting = false;
    }
  }

  #show({ media, problems }: Conversion, chunk: Chunk): void {
    const skipped = problems.findLast(({ action }) => action === 'skip');
    if (skipped !== undefined) {
      const { key, data } = skipped.statement;
      this.#problem = this.words.text(key, data);
      this.tell({ type: 'problem', message: this.#problem });
    }
    for (const piece of media) {
      if (piece.format.init === true) {
        this.#begin(piece);
      } else if (piece.data.length > 0) {
        this.#send(piece, chunk);
      }
    }
  }

  tell(record: PreviewRecord, data?: Buffer): void {
    for (const viewer of this.viewers) {
      viewer.tell(record, data);
    }
  }

  #begin({ data, format }: Converted): void {
    const { mimeType, width, height, displayWidth, displayHeight, rotation } = format;
    const isOnItsSide = rotation === 90 || rotation === 270;
    const [shownWidth, shownHeight] = [displayWidth ?? width, displayHeight ?? height];
    const record: InitRecord = {
      ...{ type: 'init', mimeType, bytes: data.length },
      ...definedOnly({
        width: isOnItsSide ? shownHeight : shownWidth,
        height: isOnItsSide ? shownWidth : shownHeight,
      }),
    };
    this.#init = { record, data };
    this.#last = undefined;
    this.tell(record, data);
  }

  #send({ data, format }: Converted, { MillisBehindNow }: Chunk): void {
    const { startMs = 0, durationMs = 0, keyframe = false } = format;
    const record: MediaRecord = {
      ...{ type: 'media', startMs, durationMs, bytes: data.length },
      ...definedOnly({ MillisBehindNow }),
    };
    this.#problem = undefined;
    this.#last = keyframe ? { record, data } : undefined;
    for (const viewer of this.viewers) {
      viewer.media(record, data, keyframe);
    }
  }
}

function sizeOf(chunks: readonly Chunk[]): number {
  return chunks.reduce((sum, { data }) => sum + data.length, 0);
}
