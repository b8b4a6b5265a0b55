import {
  EBML_HEADER,
  ID,
  KEYFRAME,
  element,
  elementOfUnknownSize,
  id,
  simpleBlock,
  size,
  tags,
  trackEntry,
  uint,
  unknownSize,
} from '../../../testing/matroska-writer';
import type { FragmentPlan, Scenario } from './scenario';

/** A chunk beyond the limit that the reader is given. */
export const MAX_CHUNK_BYTES = 8_192;

/** One fragment as the service keeps it. Times are ms since the scenario began. */
export interface ModelFragment {
  readonly index: number;
  readonly plan: FragmentPlan;
  /** When its first byte reached the service, and when its last one did. */
  readonly begin: number;
  readonly end: number;
  /** Which run of the producer it belongs to. */
  readonly run: number;
  readonly number: string;
  /** What the service gives as the chunk's token; undefined where it gives none. */
  readonly token: string | undefined;
  readonly frames: readonly Buffer[];
  readonly parts: ChunkParts;
}

/** A chunk in the order of its bytes. */
export interface ChunkParts {
  readonly header: Buffer;
  readonly tracks: Buffer;
  readonly number: Buffer;
  /** The cluster's own beginning, with the first block; empty without a cluster. */
  readonly blocks: readonly Buffer[];
}

/** The service's clock when the scenario begins. */
export const EPOCH = Date.UTC(2026, 5, 1, 12);

export function makeStream({ fragments, service }: Scenario): ModelFragment[] {
  let time = 0;
  let run = 0;
  let sequence = 0;
  let runBegan = 0;
  return fragments.map((plan, index) => {
    time += plan.silence;
    if (plan.restart && index > 0) {
      run++;
      sequence = Math.ceil(sequence / 1_000) * 1_000;
      runBegan = time;
    }
    sequence++;
    const begin = time;
    time += plan.duration;
    const number = service.numbers === 'aws' ? awsNumber(sequence, EPOCH + begin) : String(17 + index);
    const token =
      service.tokens === 'none'
        ? undefined
        : service.tokens === 'numbers'
          ? number
          : `${'+/='.repeat(50)} of ${number}`;
    const frames = Array.from({ length: plan.content === 'no-cluster' ? 0 : plan.frames }, (_, frame) =>
      Buffer.alloc(
        plan.content === 'too-large' ? MAX_CHUNK_BYTES : 5 + ((index * 7 + frame * 13) % 90),
        `frame ${String(frame)} of ${String(index)}; `,
      ),
    );
    const parts = makeParts({ begin, number, frames, plan, timecode: begin - runBegan }, service.clusterSize);
    return { index, plan, begin, end: time, run, number, token, frames, parts };
  });
}

/** Forty hexadecimal digits: `1`, 16 of sequence, 16 of server time, 7 at random. */
function awsNumber(sequence: number, serverTime: number): string {
  const hex = (value: number) => value.toString(16).padStart(16, '0');
  return BigInt(`0x1${hex(sequence)}${hex(serverTime)}0abcdef`).toString();
}

function makeParts(
  {
    begin,
    number,
    frames,
    plan,
    timecode,
  }: Pick<ModelFragment, 'begin' | 'number' | 'frames' | 'plan'> & { readonly timecode: number },
  clusterSize: 'known' | 'unknown',
): ChunkParts {
  const seconds = ((EPOCH + begin) / 1_000).toFixed(3);
  const frameMs = Math.floor(plan.duration / Math.max(1, frames.length));
  const blocks = frames.map((data, frame) =>
    simpleBlock(1, frame * frameMs, frame === 0 ? KEYFRAME : 0, data),
  );
  const clock = uint(ID.Timestamp, timecode);
  const clusterBytes = blocks.reduce((sum, { length }) => sum + length, clock.length);
  const cluster = Buffer.concat([
    id(ID.Cluster),
    clusterSize === 'known' ? size(clusterBytes) : unknownSize(8),
    clock,
  ]);
  return {
    header: Buffer.concat([
      EBML_HEADER,
      elementOfUnknownSize(ID.Segment, 8, element(ID.Info, uint(ID.TimestampScale, 1_000_000))),
    ]),
    tracks: element(
      ID.Tracks,
      trackEntry(
        1,
        uint(ID.TrackType, 1),
        element(ID.CodecID, 'V_TEST'),
        // The last frame lasts to the fragment's end.
        uint(ID.DefaultDuration, (plan.duration - frameMs * (frames.length - 1)) * 1_000_000),
      ),
    ),
    number: tags(
      ['AWS_KINESISVIDEO_FRAGMENT_NUMBER', number],
      ['AWS_KINESISVIDEO_SERVER_TIMESTAMP', seconds],
      ['AWS_KINESISVIDEO_PRODUCER_TIMESTAMP', (timecode / 1_000).toFixed(3)],
    ),
    blocks: blocks.map((block, frame) => (frame === 0 ? Buffer.concat([cluster, block]) : block)),
  };
}

/** @param behind how long ago the chunk began when they are sent */
export function closingTags(token: string | undefined, behind: number): Buffer {
  return tags(
    ['AWS_KINESISVIDEO_MILLIS_BEHIND_NOW', String(behind)],
    ...(token === undefined ? [] : [['AWS_KINESISVIDEO_CONTINUATION_TOKEN', token] as const]),
  );
}

/** A chunk without a cluster that says why no media come. */
export function errorChunk(ErrorId: number, number: string): Buffer {
  return Buffer.concat([
    EBML_HEADER,
    elementOfUnknownSize(
      ID.Segment,
      8,
      element(ID.Info, uint(ID.TimestampScale, 1_000_000)),
      tags(['AWS_KINESISVIDEO_FRAGMENT_NUMBER', number]),
      errorTags(ErrorId),
    ),
  ]);
}

export function errorTags(ErrorId: number): Buffer {
  return tags(
    ['AWS_KINESISVIDEO_ERROR_CODE', `Something is wrong (${String(ErrorId)})`],
    ['AWS_KINESISVIDEO_ERROR_ID', String(ErrorId)],
  );
}
