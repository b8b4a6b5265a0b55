/**
 * Just enough of Kinesis Video Streams to feed the node, in a process of its own: a stream called `file` is the given
 * file again and again, as fast as it is taken, with new fragment numbers; any other is a camera of 2 Mbit/s in real
 * time, which writes each frame when it is due and the time of writing into it. Prints its address, and says at
 * `/punctuality` whether it has kept up.
 */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
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

export interface MediaServerOptions {
  /** Stream `file`. */
  readonly file?: string;
  /** Paths of key and certificate. */
  readonly tls: { readonly key: string; readonly cert: string };
}

const FPS = 25;
const FRAMES_PER_FRAGMENT = 2 * FPS;
const BYTES_PER_FRAGMENT = 500_000;
const KEY_FRAME_BYTES = 100_000;
const OTHER_FRAME_BYTES = Math.round((BYTES_PER_FRAGMENT - KEY_FRAME_BYTES) / (FRAMES_PER_FRAGMENT - 1));
const FRAME_MS = 1_000 / FPS;
const FIRST_NUMBER = 91_343_852_333_181_432_392_682_062_607_743_920_146_264_094_987n;
const NUMBER_TAG = 'AWS_KINESISVIDEO_FRAGMENT_NUMBER';
const FILE_WRITE_BYTES = 64 * 1024;
/** Spreads the beginnings of any number of cameras evenly over the length of a fragment. */
const GOLDEN = 0.618_033_988_75;

const HEADER = element(ID.Info, uint(ID.TimestampScale, 1_000_000));
const TRACKS = element(ID.Tracks, VIDEO_TRACK);

/** A frame that is written so much after it was due is late, ms. */
const LATE_MS = 5;

let cameras = 0;
/** Frames since they were asked for last. */
let punctuality = { frames: 0, late: 0 };

/** Writes one fragment after the other, frame by frame, on time. */
function play(response: ServerResponse): void {
  const startAt = performance.now() + ((cameras++ * GOLDEN) % 1) * FRAMES_PER_FRAGMENT * FRAME_MS;
  let frame = 0;
  const write = (): void => {
    if (response.destroyed) {
      return;
    }
    punctuality.frames += 1;
    punctuality.late += performance.now() > startAt + frame * FRAME_MS + LATE_MS ? 1 : 0;
    const inFragment = frame % FRAMES_PER_FRAGMENT;
    const number = String(FIRST_NUMBER + BigInt(Math.floor(frame / FRAMES_PER_FRAGMENT)));
    if (inFragment === 0) {
      response.write(
        Buffer.concat([EBML_HEADER, UNKNOWN_SEGMENT, HEADER, TRACKS, frontTags(number), CLUSTER]),
      );
    }
    response.write(stampedFrame(inFragment));
    if (inFragment === FRAMES_PER_FRAGMENT - 1) {
      response.write(
        Buffer.concat([tags(['SENT_AT', String(process.hrtime.bigint())]), closingTags(number)]),
      );
    }
    frame += 1;
    setTimeout(write, startAt + frame * FRAME_MS - performance.now());
  };
  setTimeout(write, startAt - performance.now());
}

const CLUSTER = elementOfUnknownSize(ID.Cluster, 1, uint(ID.Timestamp, 0));

function stampedFrame(inFragment: number): Buffer {
  const isKey = inFragment === 0;
  const data = Buffer.alloc(isKey ? KEY_FRAME_BYTES : OTHER_FRAME_BYTES, inFragment);
  const bytes = simpleBlock(1, inFragment * FRAME_MS, isKey ? KEYFRAME : 0, data);
  bytes.writeBigUInt64LE(process.hrtime.bigint(), bytes.length - data.length);
  return bytes;
}

/** A file of chunks whose fragment numbers are written anew for each time that it is sent: they must ascend. */
class EndlessFile {
  readonly #bytes: Buffer;
  readonly #numbersAt: readonly number[];
  #next = FIRST_NUMBER;

  constructor(file: string) {
    this.#bytes = readFileSync(file);
    this.#numbersAt = numbersIn(this.#bytes);
  }

  async send(response: ServerResponse): Promise<void> {
    while (!response.destroyed) {
      for (const at of this.#numbersAt) {
        this.#bytes.write(String(this.#next++), at, 'latin1');
      }
      for (let at = 0; at < this.#bytes.length; at += FILE_WRITE_BYTES) {
        if (!response.write(this.#bytes.subarray(at, at + FILE_WRITE_BYTES))) {
          await flushed(response);
        }
      }
      // What is still to be sent is still to be read.
      await flushed(response);
    }
  }
}

/** Resolves when what was written is sent, or never will be. */
function flushed(response: ServerResponse): Promise<unknown> {
  return new Promise((resolve) => response.write('', resolve));
}

function numbersIn(bytes: Buffer): number[] {
  const found: number[] = [];
  for (let at = bytes.indexOf(NUMBER_TAG); at >= 0; at = bytes.indexOf(NUMBER_TAG, at + 1)) {
    const digits = /\d{47}/.exec(bytes.toString('latin1', at, at + 100));
    if (digits === null) {
      throw new Error('A fragment number that is no number of 47 digits.');
    }
    found.push(at + digits.index);
  }
  return found;
}

async function bodyOf(request: IncomingMessage): Promise<{ StreamName?: string }> {
  const parts: Buffer[] = [];
  for await (const part of request) {
    parts.push(part as Buffer);
  }
  return JSON.parse(Buffer.concat(parts).toString() || '{}') as { StreamName?: string };
}

function main({ file, tls }: MediaServerOptions): void {
  const endless = file === undefined ? undefined : new EndlessFile(file);
  const server = createServer(
    { key: readFileSync(tls.key), cert: readFileSync(tls.cert) },
    (request, response) => {
      void bodyOf(request).then(({ StreamName }) => {
        response.setHeader('x-amzn-RequestId', 'bench');
        response.setHeader('content-type', request.url === '/getMedia' ? 'video/webm' : 'application/json');
        if (request.url === '/punctuality') {
          response.end(JSON.stringify(punctuality));
          punctuality = { frames: 0, late: 0 };
        } else if (request.url !== '/getMedia') {
          response.end(JSON.stringify({ DataEndpoint: url() }));
        } else if (StreamName === 'file' && endless !== undefined) {
          void endless.send(response);
        } else {
          play(response);
        }
      });
    },
  );
  const url = (): string => `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.listen(0, '127.0.0.1', () => {
    console.log(url());
  });
  // Ends with whoever started it.
  process.stdin.resume().on('end', () => {
    process.exit();
  });
}

main(JSON.parse(process.argv[2] ?? '{}') as MediaServerOptions);
