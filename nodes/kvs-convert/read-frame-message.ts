/** Reads the single frame of a message, as `kvs-get-media` and `kvs-fleet` send it. */
import type { NodeMessage } from 'node-red';
import type { SingleFrame } from '../../src/convert';
import { definedOnly } from '../../src/defined-only';
import { isRecord } from '../../src/is-record';
import type { ContentEncoding } from '../../src/matroska';

const TYPES = ['video', 'audio', 'subtitle', 'other'] as const;

/** Undefined where the message has none, or not all that a decoder needs. */
export function frameOf({ payload, kvs }: NodeMessage & { kvs?: unknown }): SingleFrame | undefined {
  const { frame, FragmentNumber, ProducerTimestamp, ServerTimestamp } = isRecord(kvs) ? kvs : {};
  if (!Buffer.isBuffer(payload) || !isRecord(frame) || !isRecord(frame['track'])) {
    return undefined;
  }
  const { track, timestamp } = frame;
  const { number, codecId, name, codecPrivate, width, height, contentEncodings } = track;
  const type = TYPES.find((one) => one === track['type']);
  if (
    type === undefined ||
    typeof number !== 'number' ||
    typeof codecId !== 'string' ||
    typeof timestamp !== 'number' ||
    !Number.isFinite(timestamp)
  ) {
    return undefined;
  }
  return {
    data: payload,
    time: timestamp,
    keyframe: frame['keyframe'] === true,
    track: definedOnly({
      ...{ number, type, codecId },
      name: typeof name === 'string' ? name : undefined,
      codecPrivate: bytesOf(codecPrivate),
      width: positive(width),
      height: positive(height),
      contentEncodings: encodingsOf(contentEncodings),
    }),
    chunk: definedOnly({
      FragmentNumber: typeof FragmentNumber === 'string' ? FragmentNumber : undefined,
      ProducerTimestamp: finite(ProducerTimestamp),
      ServerTimestamp: finite(ServerTimestamp),
    }),
  };
}

/** A view: a message that was copied may have it as an array of bytes. */
function bytesOf(value: unknown): Buffer | undefined {
  return value instanceof Uint8Array
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : undefined;
}

function encodingsOf(value: unknown): ContentEncoding[] | undefined {
  return Array.isArray(value) && value.length > 0
    ? value.filter(isRecord).map(({ type, algorithm }) => ({
        type: type === 'compression' ? type : 'other',
        algorithm: String(algorithm),
        appliesTo: ['frames'],
      }))
    : undefined;
}

function finite(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function positive(value: unknown): number | undefined {
  const number = finite(value);
  return number !== undefined && number > 0 ? number : undefined;
}
