/** Cuts chunks where a part ends and the next one begins. */
import type { FileSettings } from '../../options';
import { greatest, least } from '../extremes';
import { ChunkTracks } from '../input/chunk-tracks';
import type { MediaChunk } from '../input/find-chunks';
import type { StepBudget, Steps } from '../steps';
import type { TrackFilter } from '../types';
import { cutAt, type CutPoint, cutPoints } from './cut-points';
import { isOver } from './part-rule';

/** All of a chunk, or a piece of it. */
export interface ChunkPiece {
  readonly chunk: MediaChunk;
  /** A new part begins with it. */
  readonly begins: boolean;
  /** When its first frame is shown, ms since the epoch; undefined where the chunk does not say. */
  readonly start: number | undefined;
}

/**
 * Decides where parts end: at key frames. Time is the producer's, else the service's; where chunks say neither, one
 * follows the other, from 0 on.
 */
export class PartCutter {
  readonly #tracks: ChunkTracks;
  /** When the part that is open begins, ms; undefined where none is. */
  #start: number | undefined;
  #end = 0;
  #bytes = 0;

  constructor(
    private readonly rule: FileSettings,
    filter: TrackFilter,
  ) {
    this.#tracks = new ChunkTracks(filter);
  }

  /** What has been written of the part that is open. */
  set bytes(written: number) {
    this.#bytes = written;
  }

  /** The part that is open ends here. */
  end(): void {
    this.#start = undefined;
    this.#bytes = 0;
  }

  *cut(chunk: MediaChunk, budget: StepBudget): Steps<readonly ChunkPiece[]> {
    const { ProducerTimestamp, ServerTimestamp } = chunk.identity;
    const times = chunk.frames.map(({ timecodeMs }) => timecodeMs);
    const clock = ProducerTimestamp ?? ServerTimestamp;
    const base = clock ?? this.#end - least(times);
    const startOf = ({ frames }: MediaChunk): number | undefined =>
      clock && clock + least(frames.map(({ timecodeMs }) => timecodeMs));
    this.#end = base + greatest(times);
    let begins = this.#start === undefined;
    this.#start ??= base + least(times);
    const pieces: ChunkPiece[] = [];
    let rest = chunk;
    if (this.#mayEnd(chunk, base + least(times), base + greatest(times))) {
      const points = yield* cutPoints(this.#tracks.read(chunk), budget);
      const sizes = this.rule.splitBy === 'MB' ? sizesFrom(points, chunk) : [];
      for (const [i, point] of points.entries()) {
        const time = base + point.timeMs;
        if (!this.#endsBefore(time, sizes[i] ?? 0)) {
          continue;
        }
        const [before, after] = cutAt(rest, point);
        if (budget.spend(rest.frames.length)) {
          yield;
        }
        this.#start = time;
        this.#bytes = sizes[i] ?? 0;
        if (begins && before?.frames.some(({ track }) => track.number === point.track) !== true) {
          // Sound that begins a little earlier than the first picture makes no part of its own.
          continue;
        }
        if (before !== undefined) {
          pieces.push({ chunk: before, begins, start: startOf(before) });
        }
        rest = after;
        begins = true;
      }
    }
    pieces.push({ chunk: rest, begins, start: startOf(rest) });
    return pieces;
  }

  /** May the part that is open end within the chunk? */
  #mayEnd({ frames }: MediaChunk, first: number, last: number): boolean {
    const { rule } = this;
    const start = this.#start ?? first;
    return rule.splitBy === 'MB'
      ? this.#bytes + frames.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0) > rule.splitBytes
      : isOver(rule, start, first) || isOver(rule, start, last);
  }

  /** @param bytes from a point at which the part may end to the next one, which are counted if it does not */
  #endsBefore(time: number, bytes: number): boolean {
    const { rule } = this;
    if (rule.splitBy !== 'MB') {
      return isOver(rule, this.#start ?? time, time);
    }
    const ends = this.#bytes > 0 && this.#bytes + bytes > rule.splitBytes;
    this.#bytes += bytes;
    return ends;
  }
}

/** About how many bytes lie between each point and the next one. */
function sizesFrom(points: readonly CutPoint[], { frames }: MediaChunk): readonly number[] {
  const sizes = points.map(() => 0);
  let at = -1;
  for (const { index, sizeInBytes } of frames) {
    if (index === points[at + 1]?.index) {
      at += 1;
    }
    sizes[Math.max(at, 0)] = (sizes[Math.max(at, 0)] ?? 0) + sizeInBytes;
  }
  return sizes;
}
