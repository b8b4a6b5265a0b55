/** Which parameter sets a picture needs, and whether a file can go on with them. */
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';
import type { NalUnits } from './nal-units';
import type { VideoConfiguration, VideoKind } from './parameter-sets';

/** The parameter sets of a track as they are at one point of it, by their keys. Never changed, only replaced. */
export type Sets = ReadonlyMap<string, Buffer>;

/** Limit for all sets of a track together; real ones take a few hundred bytes. */
const MAX_SETS_BYTES = 256 * 1024;

/** By set: the sets of a track are read for each key frame that may need them. */
const references = new WeakMap<Buffer, { readonly key: string | undefined }>();

function referenceOf(kind: VideoKind, set: Buffer): string | undefined {
  let reference = references.get(set);
  if (reference === undefined) {
    reference = { key: kind.referenceOf(set) };
    references.set(set, reference);
  }
  return reference.key;
}

/** Copies what is new, since a payload is not ours to keep; nearly always there is nothing new. Throws `ConversionError`. */
export function replaceSets(kind: VideoKind, sets: Sets, nals: readonly Buffer[]): Sets {
  let changed: Map<string, Buffer> | undefined;
  for (const nal of nals) {
    const key = kind.keyOfSet(nal);
    if ((changed ?? sets).get(key)?.equals(nal) !== true) {
      changed = (changed ?? new Map(sets)).set(key, Buffer.from(nal));
    }
  }
  if (
    changed !== undefined &&
    [...changed.values()].reduce((sum, { length }) => sum + length, 0) > MAX_SETS_BYTES
  ) {
    throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataTooLarge', {}));
  }
  return changed ?? sets;
}

/**
 * Chooses the sets that a picture refers to, with all picture parameter sets that may be referred to beside it. Encoders
 * may count ids up with every key frame, so that old sets stay for nothing.
 *
 * @param pictureSet key of the picture's own
 * @param others keys of those that other pictures of the chunk refer to, or that the codec private data declares
 * @returns all sets where the picture's own is not known
 */
export function setsFor(
  kind: VideoKind,
  sets: Sets,
  pictureSet: string | undefined,
  others: ReadonlySet<string>,
): Buffer[] {
  const own = pictureSet === undefined ? undefined : sets.get(pictureSet);
  if (own === undefined) {
    return [...sets.values()];
  }
  const chain = new Set<Buffer>([own]);
  let reference = referenceOf(kind, own);
  const sequence = reference;
  while (reference !== undefined) {
    const set = sets.get(reference);
    if (set === undefined) {
      return [...sets.values()];
    }
    chain.add(set);
    reference = referenceOf(kind, set);
  }
  return [...sets]
    .filter(([key, set]) => chain.has(set) || (others.has(key) && referenceOf(kind, set) === sequence))
    .map(([, set]) => set);
}

/** The parameter sets that frames bring, each once. */
export class SetCollection {
  readonly #sets = new Set<string>();

  constructor(private readonly kind: VideoKind) {}

  /** Adds those among NAL units, and gives how many units were looked at. */
  addFrom(data: Buffer, nals: NalUnits): number {
    for (let i = 0; i + 1 < nals.length; i += 2) {
      if (this.kind.roleOf(data, nals[i] ?? 0) === 'set') {
        this.#sets.add(data.toString('latin1', nals[i], nals[i + 1]));
      }
    }
    return nals.length / 2;
  }

  has(set: Buffer): boolean {
    return this.#sets.has(set.toString('latin1'));
  }
}

/**
 * Decides whether pictures that need `sets` can go on in a file whose header says `header`: the sequence is the same but
 * for its ids, and what the header lacks is in the frames themselves.
 *
 * @param brought whether the frames bring this very set
 */
export function continues(
  { kind, sets: header }: VideoConfiguration,
  sets: readonly Buffer[],
  brought: (set: Buffer) => boolean,
): boolean {
  const sequence = (all: readonly Buffer[]): string[] => [
    ...new Set(all.flatMap((set) => kind.withoutIds(set) ?? [])),
  ];
  const known = sequence(header);
  return (
    sets.every((set) => brought(set) || header.some((one) => one.equals(set))) &&
    sequence(sets).every((one, i, { length }) => length === known.length && one === known[i])
  );
}
