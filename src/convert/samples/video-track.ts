/** The pictures of a track of H.264 or H.265, and how they are to be decoded. */
import type { Frame } from '../../matroska';
import { type NalPart, prefixedSize } from '../codecs/nal-units';
import type { VideoConfiguration, VideoKind } from '../codecs/parameter-sets';
import { continues, replaceSets, SetCollection, type Sets, setsFor } from '../codecs/set-store';
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';
import type { StepBudget, Steps } from '../steps';
import { type AccessUnit, accessUnits, type UnitState } from './access-units';
import type { Sample } from './sample';

export interface VideoFrames {
  /** One for each picture. */
  readonly samples: readonly Sample[];
  /** Undefined as long as not all parameter sets have come. */
  readonly configuration: VideoConfiguration | undefined;
  /** How many pictures may be decoded before one that is shown earlier; undefined where that was not looked at. */
  readonly reordered: number | undefined;
}

/** As many as a decoder can hold, in H.264 and H.265. */
const MOST_REORDERED = 16;
/** Pictures of a chunk that need other parameter sets than the one before. */
const MOST_CONFIGURATIONS = 1_000;
/** Work to choose the parameter sets of pictures. */
const UNITS_PER_CHOICE = 100;

/**
 * An H.264 or H.265 track from chunk to chunk: its parameter sets, from the codec private data or from within the
 * frames, and how its frames are packed. Both come in every combination.
 */
export class VideoTrack {
  #codecPrivate: Buffer | undefined;
  #state: UnitState = { packing: 4, sets: new Map(), pending: [] };
  /** Keys of the sets that the codec private data declares. */
  #declared: ReadonlySet<string> = new Set();
  /** What a file's header says. */
  #configuration: VideoConfiguration | undefined;
  /** The last one made, for pictures that have the same sets. */
  #made: VideoConfiguration | undefined;
  /** NAL units have said where decoding can begin, so that flags are not needed. */
  #tellsKeys = false;

  /** @param keysOnly gives key frames alone, and so does not say how many pictures are reordered */
  constructor(
    readonly kind: VideoKind,
    private readonly keysOnly = false,
  ) {}

  /** Throws `ConversionError`, and is then as it was. */
  *read(frames: readonly Frame[], codecPrivate: Buffer | undefined, budget: StepBudget): Steps<VideoFrames> {
    let before = this.#state;
    let declared = this.#declared;
    let privateError: unknown;
    const changed = !equal(codecPrivate, this.#codecPrivate);
    if (changed && codecPrivate !== undefined) {
      try {
        const { nals, packing } = this.kind.parsePrivate(codecPrivate);
        before = { ...before, packing, sets: replaceSets(this.kind, new Map(), nals) };
      } catch (error) {
        // The frames may hold what it should.
        privateError = error;
        before = { ...before, sets: new Map() };
      }
      declared = new Set(before.sets.keys());
    }
    let tellsKeys = this.#tellsKeys;
    const mayBeKey = this.keysOnly ? (frame: Frame) => !tellsKeys && frame.keyframe : undefined;
    const { units, after } = yield* accessUnits(this.kind, frames, before, budget, mayBeKey);
    const others = new Set(declared);
    let isReordered = false;
    let pictureSet: string | undefined;
    for (const { head, isKey } of units) {
      tellsKeys ||= isKey;
      isReordered ||= head?.isReordered !== false;
      if (head !== undefined && head.pictureSet !== pictureSet) {
        pictureSet = head.pictureSet;
        others.add(pictureSet);
      }
    }
    const choice = new ConfigurationChoice(others);
    const samples: Sample[] = [];
    for (const unit of units) {
      const { isKey, frame, head, sets } = unit;
      const key = isKey || (!tellsKeys && frame.keyframe && head?.isIntra !== false);
      if (!key && this.keysOnly) {
        continue;
      }
      const choices = choice.count;
      samples.push(sampleOf(unit, key, key ? this.#configure(sets, unit, choice) : undefined));
      if (budget.spend(1 + (choice.count - choices) * UNITS_PER_CHOICE)) {
        yield;
      }
    }
    const configuration = this.keysOnly
      ? (samples[0]?.configuration ?? this.#configure(after.sets, undefined, choice))
      : yield* this.#ofFile(samples, units, after.sets, choice, budget);
    if (configuration === undefined && privateError instanceof ConversionError) {
      throw privateError;
    }
    this.#codecPrivate = changed ? codecPrivate && Buffer.from(codecPrivate) : this.#codecPrivate;
    this.#state = after;
    this.#declared = declared;
    this.#tellsKeys = tellsKeys;
    this.#configuration = configuration;
    const reordered = isReordered ? MOST_REORDERED : 0;
    return { samples, configuration, reordered: this.keysOnly ? undefined : reordered };
  }

  /** As it is where the chunk's first key frame begins: what changes later is for the next chunk. */
  *#ofFile(
    samples: readonly Sample[],
    units: readonly AccessUnit[],
    after: Sets,
    choice: ConfigurationChoice,
    budget: StepBudget,
  ): Steps<VideoConfiguration | undefined> {
    const key = samples.findIndex(({ keyframe }) => keyframe);
    const found = key < 0 ? this.#configure(after, units[0], choice) : samples[key]?.configuration;
    const known = this.#configuration;
    if (found === undefined || found === known || known === undefined) {
      return found;
    }
    const brought = new SetCollection(this.kind);
    for (const { first, more = [] } of units.slice(Math.max(0, key))) {
      for (const { data, nals } of [first, ...more]) {
        if (budget.spend(brought.addFrom(data, nals))) {
          yield;
        }
      }
    }
    return continues(known, found.sets, (set) => brought.has(set)) ? known : found;
  }

  #configure(
    sets: Sets,
    unit: AccessUnit | undefined,
    choice: ConfigurationChoice,
  ): VideoConfiguration | undefined {
    return choice.of(sets, unit?.head?.pictureSet, () => {
      const needed = setsFor(this.kind, sets, unit?.head?.pictureSet, choice.others);
      const same = [this.#made, this.#configuration].find((one) => one !== undefined && isOf(one, needed));
      return same ?? (this.#made = this.kind.configure(needed));
    });
  }
}

function sampleOf(
  { frame, first, more }: AccessUnit,
  keyframe: boolean,
  configuration: VideoConfiguration | undefined,
): Sample {
  const { data, nals, asIs } = first;
  return {
    data,
    nals,
    asIs,
    more,
    index: frame.index,
    size: more === undefined ? sizeOf(first) : more.reduce((sum, part) => sum + sizeOf(part), sizeOf(first)),
    timeMs: frame.timecodeMs,
    keyframe,
    discardable: frame.discardable,
    configuration,
  };
}

function sizeOf({ data, nals, asIs }: NalPart): number {
  return asIs ? data.length : prefixedSize(nals);
}

/** Was it made of these? A set that comes again stays the one that is known. */
function isOf({ sets }: VideoConfiguration, needed: readonly Buffer[]): boolean {
  const known = new Set(sets);
  return sets.length === needed.length && needed.every((set) => known.has(set));
}

/** Which configuration the pictures of one chunk need: nearly always, all of them the same. */
class ConfigurationChoice {
  readonly #chosen = new Map<Sets, Map<string | undefined, VideoConfiguration | undefined>>();
  /** How often one was chosen. */
  count = 0;

  /** @param others keys of sets that pictures of the chunk refer to, or that the codec private data declares */
  constructor(readonly others: ReadonlySet<string>) {}

  /**
   * @param choose is called once for each `pictureSet` of the same `sets`
   * @throws {ConversionError} where that is too often
   */
  of(
    sets: Sets,
    pictureSet: string | undefined,
    choose: () => VideoConfiguration | undefined,
  ): VideoConfiguration | undefined {
    const known = this.#chosen.get(sets) ?? new Map<string | undefined, VideoConfiguration | undefined>();
    this.#chosen.set(sets, known);
    if (!known.has(pictureSet)) {
      this.count += 1;
      if (this.count > MOST_CONFIGURATIONS) {
        throw new ConversionError(
          'ChunkTooLarge',
          conversionStatement('conversion.setsChange', { most: MOST_CONFIGURATIONS }),
        );
      }
      known.set(pictureSet, choose());
    }
    return known.get(pictureSet);
  }
}

function equal(one: Buffer | undefined, other: Buffer | undefined): boolean {
  return one === other || (one !== undefined && other !== undefined && one.equals(other));
}
