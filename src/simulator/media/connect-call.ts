/**
 * What Amazon Connect puts into a stream during a call: two tracks of 16-bit PCM at 8 kHz that call themselves AAC,
 * told apart by name alone. Measured on captured calls: blocks of 64 ms and now and then a shorter one, no key-frame
 * flags, absolute times, Clusters of unknown size.
 * https://docs.aws.amazon.com/connect/latest/adminguide/access-media-stream-data.html
 */
import { UNKNOWN_SIZE_8, ebmlHeader, element, idBytes, text, unsigned } from './ebml-writer';
import { ID } from './element-ids';
import type { Piece, Playable } from './playable';

const SAMPLES_PER_SECOND = 8000;
const BLOCK_MS = 64;
const BLOCKS = 32;
const PIECES = 5;
const PIECE_MS = BLOCK_MS * BLOCKS;
/** The agent's track has no blocks in this part of the loop, as real calls have gaps. He is silent there anyway. */
const GAP = { fromMs: 64 * BLOCK_MS, toMs: 78 * BLOCK_MS } as const;
const BYTES_PER_MS = (2 * SAMPLES_PER_SECOND) / 1000;

/** In the order of their track numbers, which is not that of the constants in Connect's tags. */
export const CONNECT_TRACKS = ['AUDIO_FROM_CUSTOMER', 'AUDIO_TO_CUSTOMER'] as const;

/** Tags as Connect writes them: before and after every Cluster. */
export const CONNECT_TAGS = [
  [
    ['ContactId', '6f1c0a52-3d5b-4e0f-9a77-0d6e2b8c41aa'],
    ['InstanceId', 'b1946ac9-2492-4d23-8a5e-7c90e2d3f4b5'],
    ['MimeType', 'audio/L16;rate=8000;channels=1'],
  ],
  [
    ['AUDIO_TO_CUSTOMER', '1'],
    ['AUDIO_FROM_CUSTOMER', '2'],
  ],
] as const;

/** One loop of the call: s16le, mono, 8 kHz. The customer hums throughout, the agent every other second. */
export function connectSamples(name: (typeof CONNECT_TRACKS)[number]): Buffer {
  const count = (PIECES * PIECE_MS * SAMPLES_PER_SECOND) / 1000;
  const samples = Buffer.alloc(2 * count);
  const [hertz, talks] =
    name === 'AUDIO_FROM_CUSTOMER'
      ? [220, () => true]
      : [330, (second: number) => Math.floor(second) % 2 === 1];
  for (let index = 0; index < count; index++) {
    const second = index / SAMPLES_PER_SECOND;
    const loudness = talks(second) ? 4000 + 2000 * Math.sin(second) : 0;
    samples.writeInt16LE(Math.round(loudness * Math.sin(2 * Math.PI * hertz * second)), 2 * index);
  }
  return samples;
}

export function connectCall(): Playable {
  const samples = CONNECT_TRACKS.map(connectSamples);
  return {
    profile: 'amazon-connect',
    header: header(),
    pieces: Array.from({ length: PIECES }, (_, index) => piece(index * PIECE_MS, samples)),
    periodMs: PIECES * PIECE_MS,
    mediaType: 'audio/aac,audio/aac',
  };
}

function piece(startMs: number, samples: readonly Buffer[]): Piece {
  const parts: Buffer[] = [];
  const frames: { dueMs: number; end: number }[] = [];
  let end = 0;
  const add = (fromMs: number, toMs: number) => {
    for (const [track, bytes] of samples.entries()) {
      if (CONNECT_TRACKS[track] === 'AUDIO_TO_CUSTOMER' && fromMs >= GAP.fromMs && fromMs < GAP.toMs) {
        continue;
      }
      const head = Buffer.of(0x81 + track, 0, 0, 0);
      head.writeInt16BE(fromMs - startMs, 1);
      const part = bytes.subarray(fromMs * BYTES_PER_MS, toMs * BYTES_PER_MS);
      const block = element(ID.SimpleBlock, Buffer.concat([head, part]));
      end += block.length;
      parts.push(block);
      frames.push({ dueMs: toMs, end });
    }
  };
  for (let index = 0; index < BLOCKS; index++) {
    const from = startMs + index * BLOCK_MS;
    const to = from + BLOCK_MS;
    // Blocks of 192 bytes occur in the middle of a track.
    const middle = index === BLOCKS / 2 ? from + 12 : undefined;
    if (middle !== undefined) {
      add(from, middle);
    }
    add(middle ?? from, to);
  }
  return { startMs, durationMs: PIECE_MS, body: Buffer.concat(parts), frames };
}

function header(): Buffer {
  const info = element(
    ID.Info,
    Buffer.concat([
      unsigned(ID.TimecodeScale, 1_000_000),
      text(ID.MuxingApp, 'Kinesis Video SDK'),
      text(ID.WritingApp, 'Kinesis Video SDK'),
    ]),
  );
  const entries = CONNECT_TRACKS.map((name, index) =>
    element(
      ID.TrackEntry,
      Buffer.concat([
        unsigned(ID.TrackNumber, index + 1),
        unsigned(ID.TrackUID, index + 1),
        unsigned(ID.TrackType, 2),
        text(ID.Name, name),
        text(ID.CodecID, 'A_AAC'),
        element(ID.CodecPrivate, Buffer.of(0x11, 0x90)),
      ]),
    ),
  );
  return Buffer.concat([
    ebmlHeader(),
    idBytes(ID.Segment),
    UNKNOWN_SIZE_8,
    info,
    element(ID.Tracks, Buffer.concat(entries)),
  ]);
}
