import { KinesisVideoError, type ByteSink, type MediaResponse } from '../../../src/kinesis-video';
import type { Part, Piece } from './flawed-chunk';
import type { ModelClock } from './model-clock';
import { EPOCH } from './model-stream';
import type { ResponseLog, SentPiece } from './run-log';
import type { Scenario } from './scenario';

/** The service ends a response after so long without media. */
const IDLE_END_MS = 3_000;

/** What a response sends next: a piece, nothing before a time, or nothing any more. */
export type Next =
  | { readonly kind: 'piece'; readonly piece: Piece; readonly dropped: readonly number[] }
  | { readonly kind: 'wait'; readonly until: number };

type InWindow =
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly sent: SentPiece }
  | { readonly kind: 'over'; readonly how: 'end' | 'break' };

/**
 * One GetMedia response: sends what the stream has, as it comes, in slices. What the session does not take waits in a
 * small window; when that is full, sending waits too, and may go on after what is no longer kept.
 */
export class ModelResponse implements MediaResponse {
  readonly #window: InWindow[] = [];
  #inWindow = 0;
  #sink: ByteSink | undefined;
  #paused = false;
  #finished = false;
  /** Whoever resumes from within a slice gets the next one when that is over, as from a socket. */
  #flushing = false;
  #parts: { readonly list: Part[]; readonly sent: SentPiece } | undefined;
  #lastSent: number;
  #cancel: () => void = () => undefined;
  #cancelAge: () => void = () => undefined;

  constructor(
    readonly log: ResponseLog,
    private readonly clock: ModelClock,
    private readonly options: Scenario['service'],
    private readonly next: () => Next,
  ) {
    this.#lastSent = clock.time;
    if (options.maxAge > 0) {
      this.#cancelAge = clock.after(options.maxAge, () => {
        this.#finish('end');
      });
    }
  }

  get RequestId(): string {
    return this.log.RequestId;
  }

  /** As a `Date` header has it: whole seconds. */
  get serverTime(): number {
    return Math.floor((EPOCH + this.log.opened) / 1_000) * 1_000;
  }

  read(sink: ByteSink): void {
    this.#sink = sink;
    this.#pump();
  }

  pause(): void {
    if (!this.#paused) {
      this.#paused = true;
      this.log.paused.push({ from: this.clock.time, to: Infinity });
    }
  }

  resume(): void {
    const last = this.log.paused.at(-1);
    if (this.#paused && last !== undefined) {
      last.to = this.clock.time;
      this.#paused = false;
    }
    this.#flush();
    this.#pump();
  }

  close(): void {
    this.#finished = true;
    this.#cancel();
    this.#cancelAge();
    this.log.closed ??= this.clock.time;
  }

  /** Sends while there is something to send, and room for it. */
  #pump(): void {
    this.#cancel();
    while (!this.#finished && (this.#inWindow === 0 || this.#inWindow < this.options.window)) {
      this.#parts ??= this.#takeNext();
      if (this.#parts === undefined) {
        return;
      }
      const { list, sent } = this.#parts;
      const part = list[0];
      if (part === undefined) {
        this.#parts = undefined;
        this.#interrupt(sent);
      } else if (part.from > this.clock.time) {
        this.#wait(part.from);
        return;
      } else {
        list.shift();
        this.#send(part.bytes, sent);
      }
    }
  }

  #takeNext(): { readonly list: Part[]; readonly sent: SentPiece } | undefined {
    const next = this.next();
    if (next.kind === 'wait') {
      const idleEnd = this.#lastSent + IDLE_END_MS;
      if (this.clock.time >= idleEnd) {
        this.#finish('end');
      } else {
        this.#wait(Math.min(next.until, idleEnd));
      }
      return undefined;
    }
    const sent = { piece: next.piece, began: this.clock.time, given: 0, interrupted: undefined };
    this.log.dropped.push(...next.dropped);
    this.log.pieces.push(sent);
    return { list: [...next.piece.parts], sent };
  }

  #interrupt(sent: SentPiece): void {
    const { then } = sent.piece;
    if (then === undefined) {
      return;
    }
    sent.interrupted = then;
    if (then === 'end' || then === 'break') {
      this.#finish(then);
    } else if (then === 'stall') {
      this.#finished = true;
      this.#cancelAge();
    }
  }

  #wait(until: number): void {
    this.#cancel = this.clock.after(until - this.clock.time, () => {
      this.#pump();
    });
  }

  #send(bytes: Buffer, sent: SentPiece): void {
    this.#lastSent = this.clock.time;
    for (let at = 0; at < bytes.length; at += this.options.slice) {
      const slice = Buffer.from(bytes.subarray(at, at + this.options.slice));
      this.#inWindow += slice.length;
      this.#window.push({ kind: 'bytes', bytes: slice, sent });
    }
    this.#flush();
  }

  #finish(how: 'end' | 'break'): void {
    if (!this.#finished) {
      this.#finished = true;
      if (this.#parts !== undefined && this.#parts.list.length > 0) {
        this.#parts.sent.interrupted = how;
      }
      this.#cancel();
      this.#cancelAge();
      this.#window.push({ kind: 'over', how });
      this.#flush();
    }
  }

  #flush(): void {
    if (this.#flushing) {
      return;
    }
    this.#flushing = true;
    this.#giveAll();
    this.#flushing = false;
  }

  #giveAll(): void {
    while (this.#sink !== undefined && !this.#paused && this.log.closed === undefined) {
      const item = this.#window.shift();
      if (item === undefined) {
        return;
      }
      if (item.kind === 'bytes') {
        this.#inWindow -= item.bytes.length;
        item.sent.given += item.bytes.length;
        this.log.lastByteAt = this.clock.time;
        this.#sink.bytes(item.bytes);
        // As a transport may do.
        item.bytes.fill(0xa3);
      } else {
        this.log.over = { at: this.clock.time, how: item.how };
        if (item.how === 'end') {
          this.#sink.ended();
        } else {
          this.#sink.failed(brokenConnection(this.RequestId));
        }
        return;
      }
    }
  }
}

function brokenConnection(RequestId: string): KinesisVideoError {
  return new KinesisVideoError('The connection to stream "model" was lost.', {
    ErrorType: 'NetworkError',
    RequestId,
    operation: 'GetMedia',
    networkCode: 'ECONNRESET',
  });
}
