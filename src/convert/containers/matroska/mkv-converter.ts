/** Matroska as a container: its head, and what clusters and tags each chunk becomes. */
import { ID } from '../../input/element-ids';
import type { MediaChunk } from '../../input/find-chunks';
import { pictureShape, shownAs } from '../../input/picture-shape';
import type { TrackDeclaration } from '../../samples/track-memo';
import type { StepBudget, Steps } from '../../steps';
import type { MediaFormat, TrackFilter } from '../../types';
import type { Container, Piece, PlacedTrack } from '../container';
import { FileConverter } from '../file-converter';
import { groupsOf, groupTail } from './block-groups';
import { type Block, writeClusters } from './clusters';
import { element, float, idBytes, text, uint, UNKNOWN_SIZE } from './ebml-writer';
import { TagWriter } from './tags';
import { trackFields } from './track-entries';

/** How a track is described in the file, and named to a player. */
export interface MkvTrack {
  readonly fields: readonly Buffer[];
  readonly isVideo: boolean;
  readonly codec: string;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly shown: Partial<MediaFormat>;
}

const APP = 'kvs-convert';

/** Makes one continuous Matroska segment of unknown size: EBML header to Tracks, then one or more clusters for each chunk. */
export class MkvConverter extends FileConverter<MkvTrack> {
  constructor(tracks: TrackFilter = []) {
    super(new Mkv(), tracks);
  }
}

/** Matroska as a container. */
export class Mkv implements Container<MkvTrack> {
  readonly name = 'a Matroska file';
  readonly hasDecodeTimes = false;
  #tags = new TagWriter();

  layout(file: TrackDeclaration): MkvTrack | undefined {
    const { track, media, isVideo } = file;
    if (track.codecId === '' || track.contentEncodings !== undefined) {
      return undefined;
    }
    const size = media.name === 'video' ? media.configuration : track;
    const codec = media.name === 'video' || media.name === 'aac' ? media.configuration.codec : track.codecId;
    const { width, height } = size;
    const stream = media.name === 'video' ? media.configuration : {};
    const isSized = isVideo && width !== undefined && height !== undefined;
    const shown = isSized ? shownAs(pictureShape(track, width, height, stream), width, height) : {};
    return { fields: trackFields(file), isVideo, codec, width, height, shown };
  }

  /** @param durationMs of the file, where it is known */
  init(layouts: readonly MkvTrack[], durationMs?: number): Buffer {
    return Buffer.concat([
      element(
        ID.EBML,
        uint(ID.EBMLVersion, 1),
        uint(ID.EBMLReadVersion, 1),
        uint(ID.EBMLMaxIDLength, 4),
        uint(ID.EBMLMaxSizeLength, 8),
        text(ID.DocType, 'matroska'),
        uint(ID.DocTypeVersion, 4),
        uint(ID.DocTypeReadVersion, 2),
      ),
      idBytes(ID.Segment),
      UNKNOWN_SIZE,
      element(
        ID.Info,
        uint(ID.TimestampScale, 1_000_000),
        ...(durationMs === undefined ? [] : [float(ID.Duration, durationMs)]),
        text(ID.MuxingApp, APP),
        text(ID.WritingApp, APP),
      ),
      element(
        ID.Tracks,
        ...layouts.map(({ fields }, i) =>
          element(ID.TrackEntry, uint(ID.TrackNumber, i + 1), uint(ID.TrackUID, i + 1), ...fields),
        ),
      ),
    ]);
  }

  format(layouts: readonly MkvTrack[]): MediaFormat {
    const video = layouts.find(({ isVideo }) => isVideo);
    const codecs = layouts.map(({ codec }) => codec);
    return {
      mimeType: `${video === undefined ? 'audio' : 'video'}/x-matroska; codecs="${codecs.join(', ')}"`,
      codecs,
      ...(video?.width === undefined || video.height === undefined
        ? {}
        : { width: video.width, height: video.height, ...video.shown }),
    };
  }

  begin(): void {
    this.#tags = new TagWriter();
  }

  *piece(
    tracks: readonly PlacedTrack<MkvTrack>[],
    offset: number,
    _delayMs: number,
    chunk: MediaChunk,
    budget: StepBudget,
  ): Steps<Piece> {
    let startMs = Infinity;
    let endMs = 0;
    const blocks: Block[] = [];
    for (const { id, samples, lastMs } of tracks) {
      for (const sample of samples) {
        const timeMs = Math.max(0, Math.round(sample.timeMs + offset));
        startMs = Math.min(startMs, timeMs);
        endMs = Math.max(endMs, timeMs + lastMs);
        blocks.push({ id, sample, timeMs, tail: undefined });
        if (budget.spend()) {
          yield;
        }
      }
    }
    if (tracks.length > 1) {
      blocks.sort((a, b) => a.sample.index - b.sample.index);
    }
    yield* addTails(blocks, chunk, budget);
    const tags = yield* this.#tags.write(chunk, tracks, budget);
    return { data: yield* writeClusters(tags, blocks, budget), startMs, endMs };
  }
}

/** Adds what the BlockGroups of the chunk say of its frames besides. */
function* addTails(blocks: readonly Block[], { frames }: MediaChunk, budget: StepBudget): Steps<void> {
  const groups = yield* groupsOf(frames, budget);
  if (groups === undefined) {
    return;
  }
  const lastTimes = new Map<number, number>();
  for (const block of blocks) {
    const { id, sample, timeMs } = block;
    const extras = groups.take(sample.index);
    block.tail = extras && groupTail(extras, sample.keyframe, (lastTimes.get(id) ?? timeMs) - timeMs);
    lastTimes.set(id, timeMs);
    if (budget.spend()) {
      yield;
    }
  }
}
