/** Gives frames as their codec made them, where a producer stored them in another way. */
import { Frame } from '../../matroska';
import { isMotionJpeg } from '../codecs/detect-codec';
import { withHuffmanTables } from '../codecs/jpeg';
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';
import type { StepBudget, Steps } from '../steps';
import { ID } from './element-ids';
import { childOf, childrenOf, MOST_CHILDREN, uintOf } from './elements';
import { inflate } from './inflate';
import type { SourceTrack } from './source-track';

/** What inflated frames and restored headers of one chunk may take, all together. */
const MAX_RESTORED_BYTES = 16 * 1024 * 1024;
/** What one frame may be inflated to, and from: it is done at once, and even empty blocks take time. */
const MAX_INFLATED_BYTES = 4 * 1024 * 1024;
const MAX_DEFLATED_BYTES = 512 * 1024;
/** Work to restore a frame, however small it is, and bytes before and after that take as long as a unit of work. */
const UNITS_PER_FRAME = 20;
const STORED_BYTES_PER_UNIT = 64;
const RESTORED_BYTES_PER_UNIT = 1_024;

type Undo = (bytes: Buffer) => Buffer;

/** Are the frames of all these tracks stored as their codec made them, so that there is nothing to restore? */
export function areAsCoded(tracks: readonly SourceTrack[]): boolean {
  return tracks.every((track) => track.contentEncodings === undefined && !isMotionJpeg(track));
}

/** Restores the frames of a chunk's tracks. */
export class StoredFrames {
  #left = 0;

  /**
   * Undoes compression by zlib and header stripping, and completes M-JPEG. A track with another encoding stays as it
   * is and keeps its `contentEncodings`, so that nobody takes its frames for media. Throws `ConversionError`.
   */
  *restore(
    tracks: readonly SourceTrack[],
    frames: readonly Frame[],
    budget: StepBudget,
  ): Steps<{ readonly tracks: readonly SourceTrack[]; readonly frames: readonly Frame[] }> {
    this.#left = MAX_RESTORED_BYTES;
    const undo = new Map<number, Undo>();
    const restoredTracks = tracks.map((track) => this.#restoreTrack(track, undo));
    if (undo.size === 0) {
      return { tracks, frames };
    }
    const restored: Frame[] = [];
    for (const frame of frames) {
      const own = restoreFrame(frame, undo.get(frame.track.number));
      restored.push(own);
      const bytes = frame.sizeInBytes / STORED_BYTES_PER_UNIT + own.sizeInBytes / RESTORED_BYTES_PER_UNIT;
      if (budget.spend(own === frame ? 1 : UNITS_PER_FRAME + bytes)) {
        yield;
      }
    }
    return { tracks: restoredTracks, frames: restored };
  }

  #restoreTrack(track: SourceTrack, undo: Map<number, Undo>): SourceTrack {
    const { contentEncodings, codecPrivate, ...plain } = track;
    let decoded: SourceTrack = track;
    const steps: Undo[] = [];
    if (contentEncodings !== undefined) {
      const undone = this.#undoEncodings(track);
      if (undone === undefined) {
        return track;
      }
      steps.push(...undone.frames);
      decoded = {
        ...plain,
        ...(codecPrivate === undefined ? {} : { codecPrivate: applyAll(codecPrivate, undone.codecPrivate) }),
      };
    }
    if (isMotionJpeg(decoded)) {
      steps.push(withHuffmanTables);
    }
    if (steps.length > 0) {
      undo.set(track.number, (bytes) => applyAll(bytes, steps));
    }
    return decoded;
  }

  /** Undefined where one of the encodings cannot be undone. */
  #undoEncodings({
    contentEncodings = [],
    entry,
  }: SourceTrack): { readonly frames: readonly Undo[]; readonly codecPrivate: readonly Undo[] } | undefined {
    const elements = childrenOf(childOf(entry, ID.ContentEncodings) ?? Buffer.alloc(0), MOST_CHILDREN)
      .filter(({ id }) => id === ID.ContentEncoding)
      .map(({ content }) => content)
      .sort((a, b) => (uintOf(b, ID.ContentEncodingOrder) ?? 0) - (uintOf(a, ID.ContentEncodingOrder) ?? 0));
    const frames: Undo[] = [];
    const codecPrivate: Undo[] = [];
    for (const [i, { type, algorithm, appliesTo }] of contentEncodings.entries()) {
      const undo = type === 'compression' ? this.#undo(algorithm, elements[i]) : undefined;
      if (undo === undefined || appliesTo.includes('nextEncoding')) {
        return undefined;
      }
      if (appliesTo.includes('frames')) {
        frames.push(undo);
      }
      if (appliesTo.includes('codecPrivate')) {
        codecPrivate.push(undo);
      }
    }
    return { frames, codecPrivate };
  }

  #undo(algorithm: string, element: Buffer | undefined): Undo | undefined {
    switch (algorithm) {
      case 'zlib':
        return (bytes) => this.#inflate(bytes);
      case 'header-stripping': {
        const header = childOf(childOf(element, ID.ContentCompression), ID.ContentCompSettings);
        return header && ((bytes) => this.#prefix(header, bytes));
      }
      default:
        return undefined;
    }
  }

  #prefix(header: Buffer, bytes: Buffer): Buffer {
    this.#left -= header.length;
    if (this.#left < 0) {
      throw new ConversionError(
        'InvalidFrame',
        conversionStatement('conversion.restoredTooLarge', { allowedBytes: MAX_RESTORED_BYTES }),
      );
    }
    return Buffer.concat([header, bytes]);
  }

  #inflate(bytes: Buffer): Buffer {
    if (bytes.length > MAX_DEFLATED_BYTES) {
      throw new ConversionError(
        'InvalidFrame',
        conversionStatement('conversion.frameTooLarge', {
          sizeInBytes: bytes.length,
          allowedBytes: MAX_DEFLATED_BYTES,
        }),
      );
    }
    const inflated = inflate(bytes, Math.min(this.#left, MAX_INFLATED_BYTES));
    this.#left -= inflated.length;
    return inflated;
  }
}

function applyAll(bytes: Buffer, steps: readonly Undo[]): Buffer {
  return steps.reduce((result, step) => step(result), bytes);
}

function restoreFrame(frame: Frame, undo: Undo | undefined): Frame {
  if (undo === undefined) {
    return frame;
  }
  const { track, index, timecodeMs, keyframe, discardable, data, group } = frame;
  const restored = undo(data);
  return restored === data
    ? frame
    : new Frame(track, index, timecodeMs, keyframe, discardable, restored, 0, restored.length, group);
}
