/**
 * Cameras of 2 Mbit/s in real time: each writes a frame when it is due, and the time of writing into it. Hundreds of them
 * take little of a core: one timer for all, and frames that only have to be copied and stamped.
 */
import type { Socket } from 'node:net';
import {
  EBML_HEADER,
  ID,
  KEYFRAME,
  UNKNOWN_SEGMENT,
  VIDEO_TRACK,
  closingTags,
  element,
  elementOfUnknownSize,
  frontTags,
  simpleBlock,
  tags,
  uint,
} from '../../testing/matroska-writer';

/** The number of the first fragment of each stream of the server. */
export const FIRST_NUMBER = 91_343_852_333_181_432_392_682_062_607_743_920_146_264_094_987n;

const FPS = 25;
const FRAMES_PER_FRAGMENT = 2 * FPS;
const BYTES_PER_FRAGMENT = 500_000;
const KEY_FRAME_BYTES = 100_000;
const OTHER_FRAME_BYTES = Math.round((BYTES_PER_FRAGMENT - KEY_FRAME_BYTES) / (FRAMES_PER_FRAGMENT - 1));
const FRAME_MS = 1_000 / FPS;
/** Spreads the beginnings of any number of cameras evenly over the length of a fragment. */
const GOLDEN = 0.618_033_988_75;
/** A frame that is written so much after it was due is late, ms. */
const LATE_MS = 5;
const TICK_MS = 1;

const HEADER = Buffer.concat([
  ...[EBML_HEADER, UNKNOWN_SEGMENT, element(ID.Info, uint(ID.TimestampScale, 1_000_000))],
  element(ID.Tracks, VIDEO_TRACK),
]);
const CLUSTER = elementOfUnknownSize(ID.Cluster, 1, uint(ID.Timestamp, 0));

/** A frame as it goes onto the wire, but for its stamp. */
interface FrameOnWire {
  readonly bytes: Buffer;
  readonly stampAt: number;
}

const FRAMES: readonly FrameOnWire[] = Array.from({ length: FRAMES_PER_FRAGMENT }, (_, inFragment) => {
  const isKey = inFragment === 0;
  const data = Buffer.alloc(isKey ? KEY_FRAME_BYTES : OTHER_FRAME_BYTES, inFragment);
  const block = simpleBlock(1, inFragment * FRAME_MS, isKey ? KEYFRAME : 0, data);
  const bytes = httpChunk(block);
  return { bytes, stampAt: bytes.length - '\r\n'.length - data.length };
});

interface Camera {
  readonly socket: Socket;
  /** ms of `performance.now()`. */
  readonly startAt: number;
  /** The one that is written next. */
  frame: number;
}

/** Frames written, and those of them that were written late. */
export interface Punctuality {
  readonly frames: number;
  readonly late: number;
}

export class Cameras {
  readonly #running = new Set<Camera>();
  #begun = 0;
  #punctuality = { frames: 0, late: 0 };

  get running(): number {
    return this.#running.size;
  }

  /** Since this was asked last. */
  punctuality(): Punctuality {
    const punctuality = this.#punctuality;
    this.#punctuality = { frames: 0, late: 0 };
    return punctuality;
  }

  /** Writes the body of a response whose head is written, until its socket is closed. */
  play(socket: Socket): void {
    const phase = (this.#begun++ * GOLDEN) % 1;
    const startAt = performance.now() + phase * FRAMES_PER_FRAGMENT * FRAME_MS;
    const camera: Camera = { socket, startAt, frame: 0 };
    this.#running.add(camera);
    socket.on('close', () => {
      this.#running.delete(camera);
    });
    if (this.#begun === 1) {
      setInterval(() => {
        this.#tick();
      }, TICK_MS);
    }
  }

  #tick(): void {
    for (const camera of this.#running) {
      while (camera.startAt + camera.frame * FRAME_MS <= performance.now()) {
        this.#write(camera);
      }
    }
  }

  #write(camera: Camera): void {
    const { socket, startAt, frame } = camera;
    this.#punctuality.frames += 1;
    this.#punctuality.late += performance.now() > startAt + frame * FRAME_MS + LATE_MS ? 1 : 0;
    const inFragment = frame % FRAMES_PER_FRAGMENT;
    const number = String(FIRST_NUMBER + BigInt(Math.floor(frame / FRAMES_PER_FRAGMENT)));
    if (inFragment === 0) {
      socket.write(httpChunk(Buffer.concat([HEADER, frontTags(number), CLUSTER])));
    }
    socket.write(stamped(FRAMES[inFragment]));
    if (inFragment === FRAMES_PER_FRAGMENT - 1) {
      const stamp = tags(['SENT_AT', String(process.hrtime.bigint())]);
      socket.write(httpChunk(Buffer.concat([stamp, closingTags(number)])));
    }
    camera.frame += 1;
  }
}

function stamped(frame: FrameOnWire | undefined): Buffer {
  const bytes = Buffer.from(frame?.bytes ?? []);
  bytes.writeBigUInt64LE(process.hrtime.bigint(), frame?.stampAt ?? 0);
  return bytes;
}

/** As the transfer coding `chunked` has it. */
function httpChunk(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]);
}
