/** Writes pictures with start codes, and the parameter sets that a decoder needs before key frames. */
import {
  type NalPart,
  type NalUnits,
  prefixedSize,
  writeAnnexB,
  writeNalsInSteps,
} from '../codecs/nal-units';
import type { VideoConfiguration } from '../codecs/parameter-sets';
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';
import type { Sample, SamplePart } from '../samples/sample';
import { isLarge, type StepBudget, type Steps } from '../steps';

/** What start codes and parameter sets may add to the frames of a chunk, besides as much again. */
const MAX_ADDED_BYTES = 8 * 1024 * 1024;
/** Frames and parameter sets that are put one after the other. */
const MAX_PIECES = 200_000;
const NO_NALS: NalUnits = [];
const NO_PARTS: readonly SamplePart[] = [];

/** The frames with start codes, in their own memory; each key frame has its parameter sets. Throws `ConversionError`. */
export function* annexBStream(samples: readonly Sample[], budget: StepBudget): Steps<Buffer> {
  let media = 0;
  for (const { size } of samples) {
    media += size;
  }
  const pieces: NalPart[] = [];
  const keys = new Map<Buffer, string>();
  let size = 0;
  for (const sample of samples) {
    const before = pieces.length;
    size += addPieces(sample, keys, pieces);
    if (budget.spend(unitsOf(sample) + pieces.length - before)) {
      yield;
    }
    if (samples.length > 1 && (size - media > MAX_ADDED_BYTES + media || pieces.length > MAX_PIECES)) {
      throw new ConversionError(
        'ChunkTooLarge',
        conversionStatement('conversion.grows', { sizeInBytes: media, outputBytes: size }),
      );
    }
  }
  const bytes = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const piece of pieces) {
    const from = at;
    if (isLarge(piece.data.length)) {
      at = yield* writeNalsInSteps(piece.data, piece.nals, bytes, at, true, budget);
    } else {
      at = writeAnnexB(piece, bytes, at);
      if (budget.spendBytes(at - from)) {
        yield;
      }
    }
  }
  return bytes;
}

/** The NAL units of key frames are looked at for parameter sets. */
function unitsOf({ configuration, nals = NO_NALS, more = NO_PARTS }: Sample): number {
  return configuration === undefined
    ? 1
    : more.reduce((sum, part) => sum + (part.nals?.length ?? 0), nals.length + configuration.sets.length);
}

/** Adds the pieces of a frame, and gives how many bytes they become. @param keys of the sets that were needed so far */
function addPieces(sample: Sample, keys: Map<Buffer, string>, pieces: NalPart[]): number {
  const { configuration, more } = sample;
  if (configuration === undefined && more === undefined) {
    pieces.push(partOf(sample));
    return sample.size;
  }
  let size = 0;
  for (const piece of piecesOf(sample, configuration, keys)) {
    pieces.push(piece);
    size += prefixedSize(piece.nals);
  }
  return size;
}

function partOf({ data, nals = NO_NALS, asIs }: SamplePart): NalPart {
  return { data, nals, asIs };
}

/** A frame's own pieces and, after its access unit delimiter, the parameter sets that a key frame does not bring itself. */
function piecesOf(
  sample: Sample,
  configuration: VideoConfiguration | undefined,
  keys: Map<Buffer, string>,
): readonly NalPart[] {
  const first = partOf(sample);
  const rest = (sample.more ?? NO_PARTS).map(partOf);
  if (configuration === undefined) {
    return [first, ...rest];
  }
  const { kind, sets } = configuration;
  const brought = new Set<string>();
  for (const { data, nals } of [first, ...rest]) {
    for (let i = 0; i < nals.length; i += 2) {
      if (kind.roleOf(data, nals[i] ?? 0) === 'set') {
        brought.add(kind.keyOfSet(data.subarray(nals[i], nals[i + 1])));
      }
    }
  }
  const keyOf = (set: Buffer): string => {
    const key = keys.get(set) ?? kind.keyOfSet(set);
    keys.set(set, key);
    return key;
  };
  const missing = brought.size === 0 ? sets : sets.filter((set) => !brought.has(keyOf(set)));
  const { data, nals } = first;
  const delimiter = kind.roleOf(data, nals[0] ?? 0) === 'delimiter' ? 2 : 0;
  return [
    { data, nals: nals.slice(0, delimiter), asIs: false },
    ...missing.map((set): NalPart => ({ data: set, nals: [0, set.length], asIs: false })),
    { data, nals: nals.slice(delimiter), asIs: false },
    ...rest,
  ];
}
