/** A chunk's frames by track, with what each track really holds. */
import type { Frame, Track } from '../../matroska';
import { printable } from '../../printable';
import { trackFilter } from '../../track-filter';
import { type Codec, detectCodec } from '../codecs/detect-codec';
import { ConversionError } from '../problems';
import type { Statement } from '../../statement';
import { conversionStatement } from '../conversion-statements';
import type { TrackFilter } from '../types';
import type { MediaChunk } from './find-chunks';
import type { SourceTrack } from './source-track';

/** A track of a chunk, what it holds, and its frames in this chunk. */
export interface TrackFrames {
  readonly track: SourceTrack;
  readonly codec: Codec;
  readonly frames: readonly Frame[];
}

/** Sorts a chunk's frames by track, and remembers what a track holds where not every chunk says it. */
export class ChunkTracks {
  #linear = new Map<string, Codec>();

  readonly #isWanted: (track: Track) => boolean;

  constructor(filter: TrackFilter) {
    this.#isWanted = trackFilter(filter);
  }

  /** All tracks that are declared or have frames, video first: what plays a file looks at its first track. */
  read(chunk: MediaChunk): readonly TrackFrames[] {
    const byNumber = new Map<number, { track: SourceTrack; frames: Frame[] }>();
    for (const track of chunk.tracks) {
      byNumber.set(track.number, { track, frames: [] });
    }
    let at: { readonly track: SourceTrack; readonly frames: Frame[] } | undefined;
    for (const frame of chunk.frames) {
      const { track } = frame;
      if (at?.track.number !== track.number) {
        at = byNumber.get(track.number) ?? { track, frames: [] };
        byNumber.set(track.number, at);
      }
      at.frames.push(frame);
    }
    const linear = new Map<string, Codec>();
    const found = [...byNumber.values()]
      .filter(({ track }) => this.#isWanted(track))
      .map(({ track, frames }) => {
        let codec = detectCodec(track, chunk.tags, frames);
        if (codec.name === 'aac' && track.samplingFrequency === undefined) {
          codec = this.#linear.get(keyOf(track)) ?? codec;
        }
        if (codec.name === 'pcm') {
          linear.set(keyOf(track), codec);
        }
        return { track, codec, frames };
      });
    this.#linear = linear;
    const isVideo = ({ codec }: TrackFrames): boolean => codec.name === 'video' || codec.name === 'mjpeg';
    return [...found.filter(isVideo), ...found.filter((track) => !isVideo(track))];
  }
}

/** Tells a track from others in other chunks. */
function keyOf({ number, name = '', codecId }: Track): string {
  return `${number} ${name} ${codecId}`;
}

/** As formats name a track. */
export function trackOf({ number, name }: Track): { readonly number: number; readonly name?: string } {
  return name === undefined ? { number } : { number, name };
}

/** Of what the producer calls a track, characters in a message. */
const LONGEST_NAME = 100;

/** As statements name a track: `2 (AUDIO_TO_CUSTOMER, A_AAC)`. */
export function trackLabel({ number, name, codecId, contentEncodings = [] }: Track): string {
  const encodings = contentEncodings.map(({ type, algorithm }) => `${type}: ${algorithm}`);
  const what = [name, codecId, ...encodings]
    .filter((text) => text !== undefined && text !== '')
    .map((text) => printable(text ?? '', LONGEST_NAME))
    .join(', ');
  return what === '' ? String(number) : `${number} (${what})`;
}

/** Says something of a track. */
export function trackStatement(track: Track, why: Statement): Statement {
  return conversionStatement('conversion.track', { track: trackLabel(track), why });
}

/** The same error, which says what track it is about. */
export function errorOf(track: Track, { ErrorType, statement }: ConversionError): ConversionError {
  return new ConversionError(ErrorType, trackStatement(track, statement));
}

/** Why a chunk gives nothing. @param why a clause on tracks like these */
export function noneConvertible(found: readonly TrackFrames[], why: Statement): ConversionError {
  return found.length === 0
    ? new ConversionError('NoSuchTrack', conversionStatement('conversion.noSuchTrack', {}))
    : new ConversionError(
        'UnsupportedCodec',
        conversionStatement('conversion.noTrack', {
          tracks: found.map(({ track }) => trackLabel(track)).join(', '),
          why,
        }),
      );
}
