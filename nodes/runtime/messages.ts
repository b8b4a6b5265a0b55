import type { NodeMessage } from 'node-red';
import type { Tags, Track } from '../../src/matroska';
import type { StreamRef } from '../../src/options';
import type { ChunkDelivery, ErrorReport, FrameDelivery, Position } from '../../src/session';

/**
 * The messages of both outputs. Everything in them is made for the one message: Node-RED hands the first receiver the
 * very object, so whatever it writes must not reach the engine or another message.
 */

export function chunkMessage(
  stream: StreamRef,
  { chunk, FragmentNumber, sequence, RequestId }: ChunkDelivery,
): NodeMessage {
  return {
    topic: stream.StreamName,
    payload: chunk.data,
    kvs: {
      ...stream,
      FragmentNumber,
      ...present('ProducerTimestamp', chunk.ProducerTimestamp),
      ...present('ServerTimestamp', chunk.ServerTimestamp),
      FragmentLengthInMilliseconds: chunk.lengthMs,
      FragmentSizeInBytes: chunk.data.length,
      ...present('ContinuationToken', chunk.ContinuationToken),
      ...present('MillisBehindNow', chunk.MillisBehindNow),
      tags: tagObject(chunk.tags),
      tracks: chunk.tracks.map(ownTrack),
      frames: chunk.frames,
      sequence,
      RequestId,
    },
  };
}

export function frameMessage(
  stream: StreamRef,
  { frame, head, FragmentNumber, RequestId }: FrameDelivery,
): NodeMessage {
  return {
    topic: stream.StreamName,
    payload: ownBuffer(frame.data),
    kvs: {
      ...stream,
      FragmentNumber,
      ...present('ProducerTimestamp', head.ProducerTimestamp),
      ...present('ServerTimestamp', head.ServerTimestamp),
      tags: tagObject(head.tags),
      RequestId,
      frame: {
        track: ownTrack(frame.track),
        index: frame.index,
        timestamp: (head.ProducerTimestamp ?? 0) + frame.timecodeMs,
        keyframe: frame.keyframe,
        discardable: frame.discardable,
      },
    },
  };
}

/** @param last the last chunk sent */
export function errorMessage(
  stream: StreamRef | undefined,
  error: ErrorReport,
  last: Position | undefined,
): NodeMessage {
  return {
    ...(stream === undefined ? {} : { topic: stream.StreamName }),
    payload: { ...error },
    kvs: {
      ...stream,
      ...present('FragmentNumber', last?.FragmentNumber),
      ...present('ContinuationToken', last?.ContinuationToken),
    },
  };
}

function tagObject(tags: Tags): Record<string, string | string[]> {
  // `fromEntries` defines properties, so that a tag named __proto__ is a tag like any other.
  return Object.fromEntries(
    [...tags].map(([name, values]) => {
      const [only, ...more] = values;
      return [name, more.length === 0 ? (only ?? '') : [...values]];
    }),
  );
}

function ownTrack(track: Track): Track {
  return track.codecPrivate === undefined
    ? { ...track }
    : { ...track, codecPrivate: copyOf(track.codecPrivate) };
}

/** A frame may be a view of the socket's buffer, which must not leave with it. */
function ownBuffer(data: Buffer): Buffer {
  return data.byteLength === data.buffer.byteLength ? data : copyOf(data);
}

function copyOf(data: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(data.length);
  data.copy(copy);
  return copy;
}

/** The member, or nothing: an absent value must not become a member that is undefined. */
export function present<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): Partial<Record<Name, Value>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, Value>);
}
