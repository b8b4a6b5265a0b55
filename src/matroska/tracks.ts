/** The entries of a Tracks element. */
import { parseContentEncodings } from './content-encodings';
import {
  AUDIO,
  BIT_DEPTH,
  CHANNELS,
  CODEC_ID,
  CODEC_PRIVATE,
  CONTENT_ENCODINGS,
  DEFAULT_DURATION,
  PIXEL_HEIGHT,
  PIXEL_WIDTH,
  SAMPLING_FREQUENCY,
  TRACK_ENTRY,
  TRACK_NAME,
  TRACK_NUMBER,
  TRACK_TYPE,
  VIDEO,
} from './ids';
import type { Limits } from './limits';
import type { Children } from './master';
import type { Track } from './types';

type TrackLimits = Pick<Limits, 'tracks' | 'stringBytes'>;
type Draft = { -readonly [Key in keyof Track]: Track[Key] };

const NANOSECONDS_PER_MS = 1e6;
const TYPES: ReadonlyMap<number, Track['type']> = new Map([
  [1, 'video'],
  [2, 'audio'],
  [17, 'subtitle'],
]);

/** The entries of a Tracks element (RFC 9559, section 5.1.4). */
export function parseTracks(tracks: Children, limits: TrackLimits): readonly Track[] {
  const found: Track[] = [];
  while (tracks.next()) {
    if (tracks.id === TRACK_ENTRY) {
      if (found.length >= limits.tracks) {
        throw tracks.malformed('tooManyTracks', { most: limits.tracks });
      }
      found.push(parseTrack(tracks.inner(), limits));
    }
  }
  return found;
}

/** A track that no Tracks element describes; its blocks are counted and handed on all the same. */
export function undeclaredTrack(number: number): Track {
  return { number, type: 'other', codecId: '' };
}

function parseTrack(entry: Children, limits: TrackLimits): Track {
  const track: Draft = undeclaredTrack(0);
  while (entry.next()) {
    switch (entry.id) {
      case TRACK_NUMBER:
        track.number = entry.uint();
        break;
      case TRACK_TYPE:
        track.type = TYPES.get(entry.uint()) ?? 'other';
        break;
      case TRACK_NAME:
        track.name = entry.string(limits.stringBytes);
        break;
      case CODEC_ID:
        track.codecId = entry.string(limits.stringBytes);
        break;
      case CODEC_PRIVATE:
        track.codecPrivate = entry.binary();
        break;
      case DEFAULT_DURATION:
        track.defaultDurationMs = entry.uint() / NANOSECONDS_PER_MS;
        break;
      case CONTENT_ENCODINGS:
        track.contentEncodings = parseContentEncodings(entry.inner());
        break;
      case VIDEO:
        addVideo(entry.inner(), track);
        break;
      case AUDIO:
        addAudio(entry.inner(), track);
        break;
      default:
    }
  }
  return track;
}

/** A size of 0 says that the producer did not know it. */
function addVideo(video: Children, track: Draft): void {
  while (video.next()) {
    if (video.id === PIXEL_WIDTH || video.id === PIXEL_HEIGHT) {
      const pixels = video.uint();
      if (pixels > 0) {
        track[video.id === PIXEL_WIDTH ? 'width' : 'height'] = pixels;
      }
    }
  }
}

/** What an Audio master leaves out has Matroska's default: 8000 Hz, 1 channel. */
function addAudio(audio: Children, track: Draft): void {
  track.samplingFrequency = 8000;
  track.channels = 1;
  while (audio.next()) {
    switch (audio.id) {
      case SAMPLING_FREQUENCY:
        track.samplingFrequency = audio.float();
        break;
      case CHANNELS:
        track.channels = audio.uint();
        break;
      case BIT_DEPTH:
        track.bitDepth = audio.uint();
        break;
      default:
    }
  }
}
