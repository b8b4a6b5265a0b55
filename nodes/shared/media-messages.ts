/**
 * The messages of media outputs. What is in them is made for the one message: Node-RED hands the first receiver the very
 * object, so whatever it writes must not reach the engine or another message. Only the frozen parts of a chunk's frame
 * messages are shared.
 */
import type { NodeMessage } from 'node-red';
import { definedOnly } from '../../src/defined-only';
import type { StreamRef } from '../../src/options';
import type { ChunkDelivery, FrameDelivery, SessionEnd } from '../../src/session';
import type { FrameMemory } from './frame-memory';
import { nextMessageId } from './message-id';
import { ownTrack, tagObject, type SharedTagsAndTracks } from './tags-and-tracks';

/** A message of a media output. `kvs` is its own. */
export type MediaMessage = NodeMessage & { readonly kvs: object };

export function chunkMessage(
  stream: StreamRef,
  { chunk, FragmentNumber, sequence, RequestId }: ChunkDelivery,
): MediaMessage {
  const { StreamName, StreamARN } = stream;
  const kvs = definedOnly({
    StreamName,
    FragmentNumber,
    ProducerTimestamp: chunk.ProducerTimestamp,
    ServerTimestamp: chunk.ServerTimestamp,
    FragmentLengthInMilliseconds: chunk.lengthMs,
    FragmentSizeInBytes: chunk.data.length,
    ContinuationToken: chunk.ContinuationToken,
    MillisBehindNow: chunk.MillisBehindNow,
    tags: tagObject(chunk.tags),
    tracks: chunk.tracks.map(ownTrack),
    frames: chunk.frames,
    sequence,
    RequestId,
  });
  addRareMembers(kvs, StreamARN, chunk.inheritedTags?.slice());
  return { topic: StreamName, payload: chunk.data, kvs };
}

/** The last message of a bounded session, after all its media. */
export function completeMessage(stream: StreamRef, end: SessionEnd): MediaMessage & { complete: true } {
  return { topic: stream.StreamName, complete: true, kvs: { ...stream, ...end } };
}

/**
 * Made for every frame, thousands a second: what all messages have is written down in one piece, and the rest added, since
 * spreading objects that may be empty costs several times all else that is done for a frame.
 */
export function frameMessage(
  stream: StreamRef,
  { frame, head, FragmentNumber, RequestId }: FrameDelivery,
  memory: FrameMemory,
  shared: SharedTagsAndTracks,
): MediaMessage {
  const { StreamName, StreamARN } = stream;
  const { ProducerTimestamp, ServerTimestamp, inheritedTags } = head;
  const fields = {
    StreamName,
    FragmentNumber,
    ProducerTimestamp,
    ServerTimestamp,
    tags: shared.tags(head),
    RequestId,
    frame: {
      track: shared.track(head, frame.track),
      index: frame.index,
      timestamp: (ProducerTimestamp ?? 0) + frame.timecodeMs,
      keyframe: frame.keyframe,
      discardable: frame.discardable,
    },
  };
  const hasTimes = ProducerTimestamp !== undefined && ServerTimestamp !== undefined;
  const kvs = hasTimes ? fields : definedOnly(fields);
  addRareMembers(kvs, StreamARN, inheritedTags);
  return {
    _msgid: nextMessageId(),
    topic: StreamName,
    // Its bytes may lie in the socket's buffer, which must not leave with it.
    payload: memory.own(frame),
    kvs,
  };
}

/** Adds what few messages have, so that all others are made in one piece. */
function addRareMembers(
  kvs: { readonly StreamName: string; StreamARN?: string; inheritedTags?: readonly string[] },
  StreamARN: string | undefined,
  inheritedTags: readonly string[] | undefined,
): void {
  if (StreamARN !== undefined) {
    kvs.StreamARN = StreamARN;
  }
  if (inheritedTags !== undefined) {
    kvs.inheritedTags = inheritedTags;
  }
}
