/** Writes pictures with start codes, and the parameter sets that a decoder needs before key frames. */
import { nalsOf, type NalUnits, prefixedSize, writeAnnexB, writeNalsInSteps } from '../codecs/nal-units';
import type { VideoConfiguration } from '../codecs/parameter-sets';
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';
import type { Sample } from '../samples/sample';
import { isLarge, type StepBudget, type Steps } from '../steps';

/** What start codes and parameter sets may add to the frames of a chunk, besides as much again. */
const MAX_ADDED_BYTES = 8 * 1024 * 1024;
/** Frames and parameter sets that are put one after the other. */
const MAX_PIECES = 200_000;

/** The frames with start codes, in their own memory; each key frame has its parameter sets. Throws `ConversionError`. */
export function* annexBStream(samples: readonly Sample[], budget: StepBudget): Steps<Buffer> {
  const media = samples.reduce((sum, sample) => sum + sample.size, 0);
  const pieces: Piece[] = [];
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
  for (const { data, nals } of pieces) {
    const from = at;
    if (isLarge(data.length)) {
      at = yield* writeNalsInSteps(data, nals, bytes, at, true, budget);
    } else {
      at = writeAnnexB(data, nals, bytes, at);
      if (budget.spendBytes(at - from)) {
        yield;
      }
    }
  }
  return bytes;
}

/** The NAL units of key frames are looked at for parameter sets. */
function unitsOf({ configuration, nals = [], more = [] }: Sample): number {
  return configuration === undefined
    ? 1
    : more.reduce((sum, part) => sum + (part.nals?.length ?? 0), nals.length + configuration.sets.length);
}

/** NAL units in one piece of memory, to be written one after the other. */
interface Piece {
  readonly data: Buffer;
  readonly nals: NalUnits;
}

/** Adds the pieces of a frame, and gives how many bytes they become. @param keys of the sets that were needed so far */
function addPieces(sample: Sample, keys: Map<Buffer, string>, pieces: Piece[]): number {
  const { data, nals = [], more, configuration } = sample;
  if (configuration === undefined && more === undefined) {
    pieces.push({ data, nals });
    return prefixedSize(nals);
  }
  let size = 0;
  for (const piece of piecesOf(sample, configuration, keys)) {
    pieces.push(piece);
    size += prefixedSize(piece.nals);
  }
  return size;
}

/** A frame's own pieces and, after its access unit delimiter, the parameter sets that a key frame does not bring itself. */
function piecesOf(
  { data, nals = [], more = [] }: Sample,
  configuration: VideoConfiguration | undefined,
  keys: Map<Buffer, string>,
): readonly Piece[] {
  const first: Piece = { data, nals };
  const rest = more.map((part): Piece => ({ data: part.data, nals: part.nals ?? [] }));
  if (configuration === undefined) {
    return [first, ...rest];
  }
  const { kind, sets } = configuration;
  const keyOf = (set: Buffer): string => {
    const key = keys.get(set) ?? kind.keyOfSet(set);
    keys.set(set, key);
    return key;
  };
  const brought = new Set(
    [first, ...rest].flatMap((piece) =>
      nalsOf(piece.data, piece.nals)
        .filter((nal) => kind.roleOf(nal, 0) === 'set')
        .map((nal) => kind.keyOfSet(nal)),
    ),
  );
  const missing = brought.size === 0 ? sets : sets.filter((set) => !brought.has(keyOf(set)));
  const delimiter = kind.roleOf(data, nals[0] ?? 0) === 'delimiter' ? 2 : 0;
  return [
    { data, nals: nals.slice(0, delimiter) },
    ...missing.map((set): Piece => ({ data: set, nals: [0, set.length] })),
    { data, nals: nals.slice(delimiter) },
    ...rest,
  ];
}
