import type { Frame } from '../matroska';
import { nalsOf, prefixedSize, splitFrame, type NalUnits, type Packing } from './nal-units';
import type { VideoConfiguration, VideoKind } from './parameter-sets';
import { ConversionError } from './problems';
import type { Sample } from './sample';

export interface VideoFrames {
  readonly samples: readonly Sample[];
  /** Undefined as long as not all parameter sets have come. */
  readonly configuration: VideoConfiguration | undefined;
}

/**
 * An H.264 or H.265 track from chunk to chunk: its parameter sets, from the codec private data or from within the
 * frames, and how its frames are packed. Both come in every combination.
 */
export class VideoTrack {
  #codecPrivate: Buffer | undefined;
  #packing: Packing = 4;
  #sets: ReadonlyMap<string, Buffer> = new Map();
  #configuration: VideoConfiguration | undefined;

  constructor(readonly kind: VideoKind) {}

  /** Throws `ConversionError`, and is then as it was. */
  read(frames: readonly Frame[], codecPrivate: Buffer | undefined): VideoFrames {
    let sets = this.#sets;
    let packing = this.#packing;
    let privateError: unknown;
    const changed = !equal(codecPrivate, this.#codecPrivate);
    if (changed && codecPrivate !== undefined) {
      try {
        const parsed = this.kind.parsePrivate(codecPrivate);
        packing = parsed.packing;
        sets = this.#replace(new Map(), parsed.nals);
      } catch (error) {
        // The frames may hold what it should.
        privateError = error;
        sets = new Map();
      }
    }
    /** As it is where the chunk's first key frame begins: what changes later is for the next chunk. */
    let atStart: ReadonlyMap<string, Buffer> | undefined;
    const samples: Sample[] = [];
    for (const frame of frames) {
      const { data } = frame;
      if (data.length === 0) {
        continue;
      }
      const split = splitFrame(data, packing);
      if (split === undefined) {
        throw new ConversionError(
          'InvalidFrame',
          `frame ${frame.index} of track ${frame.track.number} is neither AVCC nor Annex B: its bytes lead to no ${this.kind.name}`,
        );
      }
      packing = split.packing;
      const { key, hasSets } = this.#look(data, split.nals);
      const keyframe = key || frame.keyframe;
      if (hasSets) {
        sets = this.#replace(sets, nalsOf(data, split.nals).filter(this.#isSet));
      }
      if (keyframe) {
        atStart ??= sets;
      }
      samples.push({
        index: frame.index,
        data,
        units: split.nals,
        ...(split.asIs ? {} : { nals: split.nals }),
        size: split.asIs ? data.length : prefixedSize(split.nals),
        timeMs: frame.timecodeMs,
        keyframe,
        discardable: frame.discardable,
      });
    }
    const configuration = this.#configure(atStart ?? sets);
    if (configuration === undefined && privateError instanceof ConversionError) {
      throw privateError;
    }
    this.#codecPrivate = changed ? codecPrivate && Buffer.from(codecPrivate) : this.#codecPrivate;
    this.#packing = packing;
    this.#sets = sets;
    return { samples, configuration };
  }

  #look(data: Buffer, nals: NalUnits): { key: boolean; hasSets: boolean } {
    let key = false;
    let hasSets = false;
    for (let i = 0; i < nals.length; i += 2) {
      const type = this.kind.typeOf(data[nals[i] ?? 0] ?? 0);
      key ||= this.kind.isKey(type);
      hasSets ||= this.kind.isParameterSet(type);
    }
    return { key, hasSets };
  }

  readonly #isSet = (nal: Buffer): boolean => this.kind.isParameterSet(this.kind.typeOf(nal[0] ?? 0));

  /** Copies, since the payload is not ours to keep; nearly always there is nothing new. */
  #replace(sets: ReadonlyMap<string, Buffer>, nals: readonly Buffer[]): ReadonlyMap<string, Buffer> {
    let result = sets;
    for (const nal of nals) {
      const key = this.kind.keyOfSet(nal);
      if (result.get(key)?.equals(nal) !== true) {
        result = new Map(result).set(key, Buffer.from(nal));
      }
    }
    return result;
  }

  #configuredFrom: ReadonlyMap<string, Buffer> | undefined;

  #configure(sets: ReadonlyMap<string, Buffer>): VideoConfiguration | undefined {
    if (this.#configuredFrom !== sets) {
      this.#configuration = this.kind.configure([...sets.values()]);
      this.#configuredFrom = sets;
    }
    return this.#configuration;
  }
}

function equal(one: Buffer | undefined, other: Buffer | undefined): boolean {
  return one === other || (one !== undefined && other !== undefined && one.equals(other));
}
