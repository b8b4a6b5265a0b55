/** Small Matroska files for tests of what producers send. */
import { ID } from '../../src/simulator/media/element-ids';
import {
  UNKNOWN_SIZE_1,
  UNKNOWN_SIZE_8,
  element,
  idBytes,
  tags,
  text,
  unsigned,
} from '../../src/simulator/media/ebml-writer';

export const EBML = element(ID.EBML, text(0x4282, 'matroska'));

export function track(number: number, kind: 'video' | 'audio' = 'video'): Buffer {
  return element(
    ID.TrackEntry,
    Buffer.concat([
      unsigned(ID.TrackNumber, number),
      unsigned(ID.TrackType, kind === 'video' ? 1 : 2),
      text(ID.CodecID, kind === 'video' ? 'V_VP8' : 'A_OPUS'),
    ]),
  );
}

export function header(tracks: readonly Buffer[] = [track(1)], scale = 1_000_000, ...more: Buffer[]): Buffer {
  return Buffer.concat([
    EBML,
    idBytes(ID.Segment),
    UNKNOWN_SIZE_8,
    element(ID.Info, unsigned(ID.TimecodeScale, scale)),
    element(ID.Tracks, Buffer.concat(tracks)),
    ...more,
  ]);
}

export function block(
  number: number,
  ticks: number,
  keyframe: boolean,
  payload: string | Buffer = 'frame',
): Buffer {
  const head = Buffer.of(0x80 | number, 0, 0, keyframe ? 0x80 : 0);
  head.writeInt16BE(ticks, 1);
  return element(ID.SimpleBlock, Buffer.concat([head, Buffer.from(payload)]));
}

export function cluster(ticks: number, blocks: readonly Buffer[], known = true): Buffer {
  const content = Buffer.concat([unsigned(ID.Timecode, ticks), ...blocks]);
  return known ? element(ID.Cluster, content) : Buffer.concat([idBytes(ID.Cluster), UNKNOWN_SIZE_1, content]);
}

/** A second of video, 25 frames a second, the first of them a key frame. */
export function second(ticks: number, name = 'frame', known = true): Buffer {
  return cluster(
    ticks,
    Array.from({ length: 25 }, (_, index) => block(1, index * 40, index === 0, `${name} ${index}`)),
    known,
  );
}

export const customTags = (name: string, value: string) => tags([[name, value]], 8);
