/** A day in the life of a camera, by chance: fragments of any length, gaps, and media that are uploaded late. */
import { frontTags, tailTags } from '../../src/simulator/media';
import type { SimulatedStream } from '../../src/simulator/streams';
import {
  EBML_HEADER,
  ID,
  KEYFRAME,
  UNKNOWN_SEGMENT,
  VIDEO_TRACK,
  element,
  elementOfUnknownSize,
  simpleBlock,
  uint,
} from '../matroska-writer';
import type { LeapingClock } from '../leaping-clock';

const MINUTE = 60_000;
/** Frames follow each other within what a reader takes for continued. */
const FRAME_MS = 400;

/** Less than the tags that the service adds to a chunk. */
const SMALLEST_FRAME = 10;

interface LateUpload {
  /** The time that was missing at first, ms since the epoch. */
  readonly from: number;
  readonly to: number;
}

export class RecordedDay {
  readonly begin: number;
  readonly #late: readonly LateUpload[];
  readonly #stream: SimulatedStream;
  readonly #random: () => number;
  readonly #clock: LeapingClock;
  #reached: number;
  #server = 0;
  #cancel: () => void = () => undefined;

  /** @param lengthMs how long the camera has been recording */
  constructor(stream: SimulatedStream, clock: LeapingClock, random: () => number, lengthMs: number) {
    this.#stream = stream;
    this.#clock = clock;
    this.#random = random;
    this.begin = clock.now() - lengthMs;
    this.#reached = this.begin;
    const from = this.begin + lengthMs / 2;
    this.#late = [{ from, to: from + Math.min(10 * MINUTE, lengthMs / 20) }];
    this.#record();
  }

  /** The camera goes on, until it is stopped. */
  goOn(): void {
    const durationMs = this.#duration();
    this.#cancel = this.#clock.after(this.#reached + durationMs - this.#clock.now(), () => {
      this.#add(this.#reached, durationMs, this.#clock.now() - this.#reached);
      this.#reached += durationMs;
      this.#stream.changed();
      this.goOn();
    });
  }

  stop(): void {
    this.#cancel();
  }

  #record(): void {
    const waiting = [...this.#late];
    for (;;) {
      const [next] = waiting;
      if (next !== undefined && this.#reached >= next.from && this.#reached < next.to) {
        this.#reached = next.to;
        this.#stream.numbers.startSession();
      } else if (next !== undefined && this.#reached >= next.to + 15 * MINUTE) {
        waiting.shift();
        this.#upload(next);
      } else if (this.#random() < 0.005) {
        this.#reached += Math.round(1000 * Math.exp(this.#random() * 6));
        this.#stream.numbers.startSession();
      }
      const durationMs = this.#duration();
      if (this.#reached + durationMs > this.#clock.now() - 1000) {
        return;
      }
      this.#add(this.#reached, durationMs, 100 + this.#random() * 700);
      this.#reached += durationMs;
    }
  }

  /** What was missing comes in fast, from another session of the producer. */
  #upload({ from, to }: LateUpload): void {
    const uploadedAt = this.#reached;
    this.#stream.numbers.startSession();
    for (let at = from; ;) {
      const durationMs = Math.min(this.#duration(), to - at);
      if (durationMs < 100) {
        break;
      }
      this.#add(at, durationMs, uploadedAt - at);
      at += durationMs;
    }
    this.#stream.numbers.startSession();
    this.#reached = Math.max(this.#reached, this.#server);
  }

  #duration(): number {
    return Math.round(500 + this.#random() ** 2 * 8000);
  }

  #add(at: number, durationMs: number, latencyMs: number): void {
    const stream = this.#stream;
    const ProducerTimestamp = Math.round(at);
    const ServerTimestamp = Math.round(Math.max(this.#server + 50, at + latencyMs));
    this.#server = ServerTimestamp;
    const FragmentNumber = stream.numbers.next(ServerTimestamp);
    const frames = Math.ceil(durationMs / FRAME_MS);
    const body = Buffer.concat(
      Array.from({ length: frames }, (_, frame) => {
        const time = Math.floor((frame * durationMs) / frames);
        return simpleBlock(1, time, frame === 0 ? KEYFRAME : 0, this.#noise());
      }),
    );
    const content = uint(ID.Timestamp, ProducerTimestamp);
    const cluster =
      this.#random() < 0.5
        ? elementOfUnknownSize(ID.Cluster, 8, content)
        : element(ID.Cluster, content, body).subarray(0, -body.length);
    const head = Buffer.concat([EBML_HEADER, UNKNOWN_SEGMENT, element(ID.Tracks, VIDEO_TRACK)]);
    const fragment = stream.append(
      {
        ...{ FragmentNumber, ServerTimestamp, ProducerTimestamp, durationMs, body },
        front: () =>
          Buffer.concat([head, frontTags(FragmentNumber, ServerTimestamp, ProducerTimestamp), cluster]),
        producedFrontLength: head.length + cluster.length,
        available: body.length,
        trailer: () => Buffer.alloc(0),
        closing: (millisBehindNow) => tailTags(millisBehindNow, FragmentNumber),
        owned: false,
        pinned: false,
      },
      ServerTimestamp,
    );
    fragment.finish(Math.max(ServerTimestamp, Math.min(ServerTimestamp + durationMs, this.#clock.now())));
  }

  #noise(): Buffer {
    const length = this.#random() < 0.002 ? 100_000 : SMALLEST_FRAME + Math.floor(this.#random() * 60);
    return Buffer.alloc(length, Math.floor(this.#random() * 256));
  }
}
