/** Media files, read and prepared once however many streams play them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { connectCall } from './connect-call';
import { demux, type SourceMedia } from './demuxer';
import { makePlayable, type Playable } from './playable';
import type { Profile } from './profile';
import { readRecording, type RecordedChunk } from './recording';
import { replayed } from './replay';

/** Made by scripts/make-sample.sh; the build copies it beside the compiled code. */
export const SAMPLE_FILE = path.join(__dirname, 'samples', 'sample.mkv');

/** Where a stream's media comes from; `none`: only what is ingested by program. */
export type MediaSource = 'sample' | 'none' | { readonly file: string } | { readonly bytes: Buffer };

export type Media =
  | { readonly kind: 'recording'; readonly chunks: readonly RecordedChunk[] }
  | { readonly kind: 'playable'; readonly playable: Playable };

interface Parsed {
  readonly chunks: readonly RecordedChunk[] | undefined;
  /** Read when it is first played. */
  source: SourceMedia | undefined;
  readonly playables: Map<Profile, Playable>;
}

export class MediaLibrary {
  #call: Playable | undefined;
  readonly #parsed = new Map<string | Buffer, Parsed>();

  /**
   * @param replays whether a recorded GetMedia response becomes media to be produced, instead of chunks as they are
   * @throws the system's error if a file cannot be read, {MediaError} if it is not Matroska
   */
  load(source: Exclude<MediaSource, 'none'>, profile: Profile, replays = false): Media {
    if (source === 'sample' && profile === 'amazon-connect') {
      this.#call ??= connectCall();
      return { kind: 'playable', playable: this.#call };
    }
    const key = source === 'sample' ? SAMPLE_FILE : 'file' in source ? source.file : source.bytes;
    const parsed = this.#parsed.get(key) ?? parse(typeof key === 'string' ? readFileSync(key) : key);
    this.#parsed.set(key, parsed);
    const { chunks = [] } = parsed;
    if (parsed.chunks !== undefined && !replays) {
      return { kind: 'recording', chunks };
    }
    parsed.source ??= replayed(chunks);
    const playable = parsed.playables.get(profile) ?? makePlayable(parsed.source, profile);
    parsed.playables.set(profile, playable);
    return { kind: 'playable', playable };
  }
}

function parse(bytes: Buffer): Parsed {
  const chunks = readRecording(bytes);
  return { chunks, source: chunks === undefined ? demux(bytes) : undefined, playables: new Map() };
}
