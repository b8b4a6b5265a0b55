/** mp4box.js, which many players in browsers and tools for MP4 are built on: what it reads in a file. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { skip } from '../../testing/skip';

interface Mp4BoxTrack {
  readonly id: number;
  readonly codec: string;
  readonly timescale: number;
}

interface Mp4BoxSample {
  readonly cts: number;
  readonly dts: number;
  readonly duration: number;
  readonly is_sync: boolean;
  readonly data?: Uint8Array;
}

interface Mp4BoxFile {
  onReady: (info: { readonly tracks: readonly Mp4BoxTrack[] }) => void;
  onSamples: (id: number, user: unknown, samples: readonly Mp4BoxSample[]) => void;
  onError: (module: string, message: string) => void;
  setExtractionOptions(id: number, user: unknown, options: { readonly nbSamples: number }): void;
  start(): void;
  flush(): void;
  appendBuffer(bytes: ArrayBuffer & { fileStart: number }): void;
}

interface Mp4Box {
  createFile(): Mp4BoxFile;
  readonly Log: { setLogLevel(level: number): void };
}

/** Samples of a track as mp4box.js gives them; times in ms. */
export interface ReadTrack {
  readonly codec: string;
  readonly samples: readonly {
    readonly timeMs: number;
    readonly decodeMs: number;
    readonly durationMs: number;
    readonly sync: boolean;
    readonly bytes: number;
  }[];
}

let library: Mp4Box | undefined;

/** Skips the test, visibly, where mp4box.js is not installed. */
export function needsMp4Box(context: Mocha.Context): void {
  try {
    library ??= createRequire(__filename)('mp4box') as Mp4Box;
  } catch {
    skip(context, 'mp4box is not installed');
  }
}

/** Reads a file given in pieces, without a word of complaint. */
export function readMp4(pieces: readonly Buffer[]): ReadTrack[] {
  const file = library?.createFile();
  assert.ok(file !== undefined);
  const errors: string[] = [];
  const tracks = new Map<number, Mp4BoxTrack>();
  const samples = new Map<number, Mp4BoxSample[]>();
  file.onError = (module, message) => errors.push(`${module}: ${message}`);
  file.onReady = (info) => {
    for (const track of info.tracks) {
      tracks.set(track.id, track);
      samples.set(track.id, []);
      file.setExtractionOptions(track.id, undefined, { nbSamples: 1 });
    }
    file.start();
  };
  file.onSamples = (id, _user, found) => samples.get(id)?.push(...found);
  let at = 0;
  for (const piece of pieces) {
    const bytes = new Uint8Array(piece).buffer as ArrayBuffer & { fileStart: number };
    bytes.fileStart = at;
    at += piece.length;
    file.appendBuffer(bytes);
  }
  file.flush();
  assert.deepEqual(errors, []);
  return [...tracks.values()].map(({ id, codec, timescale }) => ({
    codec,
    samples: (samples.get(id) ?? []).map(({ cts, dts, duration, is_sync: sync, data }) => ({
      timeMs: (cts * 1_000) / timescale,
      decodeMs: (dts * 1_000) / timescale,
      durationMs: (duration * 1_000) / timescale,
      sync,
      bytes: data?.length ?? 0,
    })),
  }));
}
