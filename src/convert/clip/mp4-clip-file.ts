/** Progressive MP4: an edit list hides what is not of the range. */
import { box, u32, u64 } from '../containers/mp4/boxes';
import { movie, MOVIE_TIMESCALE, type TrackContent } from '../containers/mp4/movie';
import { mp4Format, type Mp4Track } from '../containers/mp4/tracks';
import type { MediaChunk } from '../input/find-chunks';
import type { MediaTrack } from '../samples/media-track';
import { type Sample, writeSample } from '../samples/sample';
import type { TrackMemo } from '../samples/track-memo';
import type { StepBudget, Steps } from '../steps';
import type { ClipFile, ClipMedia, ClipSamples, FinishedFile } from './clip-file';
import { editBox, SampleTable, type Edit } from './sample-table';
import { placeSound, silenceOf, type PlacedSample } from './sound-places';

interface FileTrack {
  readonly layout: Mp4Track;
  readonly table: SampleTable;
  /** Where sound has come to, ticks. */
  next: number | undefined;
  /** When the first sample that a player can show is due, and where the last one ends, ms of the clip. */
  readonly beginMs: number;
  endMs: number;
}

/** How tracks are described in MP4; undefined for one that it does not hold. */
export type Mp4Layouts = TrackMemo<Mp4Track | undefined>;

/** Video and sound take turns of this length in the file, so that a player need not look far ahead. */
const TURN_MS = 1_000;
/** A movie begins with its video where its sound does not begin much earlier. */
const LATE_VIDEO_MS = 1_000;
/**
 * A sample takes 24 bytes of memory until its file is complete, however few bytes it has. Only
 * where samples have fewer bytes than that is a file with larger tables full: media of 167,000 such samples.
 */
const MOST_TABLE_BYTES = 4_000_000;
/** Of what has 32 bits: offsets of a file that is not large, and durations of its movie. */
const LARGEST_SIZE = 0xffffffff;

export class Mp4ClipFile implements ClipFile {
  readonly isExact = true;
  readonly #tracks = new Map<number, FileTrack>();
  #mediaBytes = 0;

  constructor(private readonly layouts: Mp4Layouts) {}

  get mediaBytes(): number {
    return this.#mediaBytes;
  }

  get isFull(): boolean {
    const tableBytes = [...this.#tracks.values()].reduce((sum, { table }) => sum + table.memoryBytes, 0);
    return tableBytes > Math.max(MOST_TABLE_BYTES, this.#mediaBytes);
  }

  takes(tracks: readonly MediaTrack[]): boolean {
    return tracks.every((track) => {
      const known = this.#tracks.get(track.track.number)?.layout;
      const layout = this.layouts.of(track);
      return layout !== undefined && (known === undefined || isSame(known, layout));
    });
  }

  *add(tracks: readonly ClipSamples[], _chunk: MediaChunk, budget: StepBudget): Steps<ClipMedia> {
    const lists: { readonly table: SampleTable; readonly timescale: number; placed: PlacedSample[] }[] = [];
    for (const one of tracks) {
      const fileTrack = this.#trackOf(one);
      if (fileTrack === undefined) {
        continue;
      }
      fileTrack.endMs = Math.max(fileTrack.endMs, one.endMs);
      const { timescale } = fileTrack.layout;
      lists.push({ table: fileTrack.table, timescale, placed: yield* place(one, fileTrack, budget) });
    }
    const ordered: Sample[] = [];
    const start = this.#mediaBytes;
    const positions = lists.map(() => 0);
    const timeOf = (i: number): number => {
      const next = lists[i]?.placed[positions[i] ?? 0];
      return next === undefined ? Infinity : (next.sorted * 1_000) / (lists[i]?.timescale ?? 1);
    };
    for (;;) {
      const turnEnd = Math.min(...lists.map((_, i) => timeOf(i))) + TURN_MS;
      if (turnEnd === Infinity) {
        break;
      }
      for (const [i, { table, placed }] of lists.entries()) {
        while (timeOf(i) < turnEnd) {
          const position = positions[i] ?? 0;
          const next = placed[position];
          positions[i] = position + 1;
          if (next !== undefined) {
            const { sample, shown, sorted } = next;
            table.add(sample.size, shown, sorted, sample.keyframe, this.#mediaBytes);
            this.#mediaBytes += sample.size;
            ordered.push(sample);
          }
          if (budget.spend()) {
            yield;
          }
        }
      }
    }
    return { bytes: this.#mediaBytes - start, write: (target, at, own) => write(ordered, target, at, own) };
  }

  *finish(fromMs: number, toMs: number, budget: StepBudget): Steps<FinishedFile> {
    const tracks = [...this.#tracks.values()].sort((a, b) => orderOf(a.layout) - orderOf(b.layout));
    const startMs = Math.max(fromMs, beginOf(tracks));
    const ends = tracks.map((track) => Math.min(toMs, track.endMs));
    const layouts = tracks.map(({ layout }) => layout);
    const mostBytes = tracks.reduce((sum, { table }) => sum + 2_000 + table.mostBytes, 2_000);
    const isLarge = mostBytes + this.#mediaBytes > LARGEST_SIZE;
    const fileType = box('ftyp', 'isom', u32(512), 'isomiso2mp41');
    const mediaHeader = isLarge
      ? Buffer.concat([u32(1), Buffer.from('mdat', 'latin1'), u64(16 + this.#mediaBytes)])
      : Buffer.concat([u32(8 + this.#mediaBytes), Buffer.from('mdat', 'latin1')]);
    for (const { table, layout, beginMs } of tracks) {
      if (layout.type === 'video') {
        table.beginAt(ticks(Math.max(startMs, beginMs), layout));
      }
    }
    const moov = function* (mediaAt: number): Steps<Buffer> {
      const contents: TrackContent[] = [];
      for (const [i, track] of tracks.entries()) {
        contents.push(yield* contentOf(track, startMs, ends[i] ?? toMs, mediaAt, isLarge, budget));
      }
      return movie(layouts, contents, []);
    };
    // The sizes of its boxes do not depend on where the media is.
    const { length } = yield* moov(0);
    const head = [fileType, yield* moov(fileType.length + length + mediaHeader.length), mediaHeader];
    return {
      head: Buffer.concat(head),
      format: mp4Format(layouts),
      startMs,
      endMs: Math.max(startMs, ...ends),
    };
  }

  #trackOf({ track, samples, offsetMs }: ClipSamples): FileTrack | undefined {
    const { number } = track.track;
    const known = this.#tracks.get(number);
    const layout = this.layouts.of(track);
    if (known !== undefined || layout === undefined) {
      return known;
    }
    const beginMs = (samples[0]?.timeMs ?? 0) + offsetMs;
    const made = { layout, table: new SampleTable(), next: undefined, beginMs, endMs: -Infinity };
    this.#tracks.set(number, made);
    return made;
  }
}

function* place(
  { track, samples, offsetMs, durations }: ClipSamples,
  fileTrack: FileTrack,
  budget: StepBudget,
): Steps<PlacedSample[]> {
  const { layout } = fileTrack;
  const due = samples.map(({ timeMs }) => ticks(timeMs + offsetMs, layout));
  if (durations !== undefined) {
    const sounds = samples.map((sample, i) => ({ sample, due: due[i] ?? 0, duration: durations[i] ?? 0 }));
    const { placed, end } = yield* placeSound(
      sounds,
      layout.timescale,
      silenceOf(track.media),
      fileTrack.next,
      budget,
    );
    fileTrack.next = end;
    return placed;
  }
  const earliest = fileTrack.table.length === 0 ? -Infinity : fileTrack.table.last + 1;
  const shown = due.map((time) => Math.max(time, earliest));
  let last = earliest - 1;
  const sorted = Array.from(Float64Array.from(shown).sort(), (time) => (last = Math.max(time, last + 1)));
  if (budget.spend(samples.length)) {
    yield;
  }
  return samples.map((sample, i) => ({ sample, shown: shown[i] ?? 0, sorted: sorted[i] ?? 0 }));
}

function* contentOf(
  { layout, table, beginMs, endMs }: FileTrack,
  startMs: number,
  shownUntilMs: number,
  mediaAt: number,
  isLarge: boolean,
  budget: StepBudget,
): Steps<TrackContent> {
  const end = ticks(layout.type === 'video' ? Math.min(endMs, shownUntilMs) : endMs, layout);
  const firstMs = Math.max(startMs, beginMs);
  const wait = Math.min(LARGEST_SIZE, movieTicks(firstMs - startMs));
  const duration = Math.min(LARGEST_SIZE - wait, Math.max(0, movieTicks(shownUntilMs - firstMs)));
  const edits: Edit[] = [
    ...(wait > 0 ? [{ duration: wait, mediaTime: undefined }] : []),
    { duration, mediaTime: Math.max(0, table.mediaTime(ticks(firstMs, layout))) },
  ];
  return {
    duration: wait + duration,
    mediaDuration: table.duration(end),
    edits: [editBox(edits)],
    tables: yield* table.boxes(end, mediaAt, isLarge, budget),
  };
}

function* write(samples: readonly Sample[], target: Buffer, from: number, budget: StepBudget): Steps<void> {
  let at = from;
  for (const sample of samples) {
    at = writeSample(sample, target, at);
    if (budget.spendBytes(sample.size)) {
      yield;
    }
  }
}

/** When a player can begin to show them. */
function beginOf(tracks: readonly FileTrack[]): number {
  const least = (some: readonly FileTrack[]): number =>
    some.reduce((begin, { beginMs }) => Math.min(begin, beginMs), Infinity);
  const video = least(tracks.filter(({ layout }) => layout.type === 'video'));
  const all = least(tracks);
  return video - all < LATE_VIDEO_MS ? video : all;
}

function orderOf({ type }: Mp4Track): number {
  return type === 'video' ? 0 : 1;
}

function ticks(ms: number, { timescale }: Mp4Track): number {
  return Math.round((ms * timescale) / 1_000);
}

function movieTicks(ms: number): number {
  return Math.round((ms * MOVIE_TIMESCALE) / 1_000);
}

function isSame(one: Mp4Track, other: Mp4Track): boolean {
  return (
    one === other ||
    (one.type === other.type &&
      one.timescale === other.timescale &&
      one.sampleEntry.equals(other.sampleEntry))
  );
}
