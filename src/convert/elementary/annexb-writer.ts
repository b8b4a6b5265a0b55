/** Writes pictures with start codes, and the parameter sets that a decoder needs before key frames. */
import { nalsOf, type NalUnits, prefixedSize, writeAnnexB } from '../codecs/nal-units';
import { ConversionError } from '../problems';
import { partsOf, type Sample } from '../samples/sample';

/** What start codes and parameter sets may add to the frames of a chunk, besides as much again. */
const MAX_ADDED_BYTES = 8 * 1024 * 1024;
/** Frames and parameter sets that are put one after the other. */
const MAX_PIECES = 200_000;

/** The frames with start codes, in memory of its own; each key frame has its parameter sets. Throws `ConversionError`. */
export function writeAnnexBStream(samples: readonly Sample[]): Buffer {
  const media = samples.reduce((sum, sample) => sum + sample.size, 0);
  const pieces: Piece[] = [];
  const keys = new Map<Buffer, string>();
  let size = 0;
  for (const sample of samples) {
    for (const piece of piecesOf(sample, keys)) {
      pieces.push(piece);
      size += prefixedSize(piece.units);
    }
    if (samples.length > 1 && (size - media > MAX_ADDED_BYTES + media || pieces.length > MAX_PIECES)) {
      throw new ConversionError(
        'ChunkTooLarge',
        `${media} bytes of frames would become more than ${size}, most of them parameter sets before key frames`,
      );
    }
  }
  const bytes = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const { data, units } of pieces) {
    at = writeAnnexB(data, units, bytes, at);
  }
  return bytes;
}

/** NAL units in one piece of memory, to be written one after the other. */
interface Piece {
  readonly data: Buffer;
  readonly units: NalUnits;
}

/**
 * A frame's own pieces and, after its access unit delimiter, the parameter sets that a key frame does not bring itself.
 *
 * @param keys of the sets that were needed so far
 */
function piecesOf(sample: Sample, keys: Map<Buffer, string>): readonly Piece[] {
  const pieces = partsOf(sample).map(({ data, units = [] }): Piece => ({ data, units }));
  const [first, ...more] = pieces;
  if (sample.configuration === undefined || first === undefined) {
    return pieces;
  }
  const { kind, sets } = sample.configuration;
  const keyOf = (set: Buffer): string => {
    const key = keys.get(set) ?? kind.keyOfSet(set);
    keys.set(set, key);
    return key;
  };
  const brought = new Set(
    pieces.flatMap(({ data, units }) =>
      nalsOf(data, units)
        .filter((nal) => kind.roleOf(nal, 0) === 'set')
        .map((nal) => kind.keyOfSet(nal)),
    ),
  );
  const missing = brought.size === 0 ? sets : sets.filter((set) => !brought.has(keyOf(set)));
  const delimiter = kind.roleOf(first.data, first.units[0] ?? 0) === 'delimiter' ? 2 : 0;
  return [
    { data: first.data, units: first.units.slice(0, delimiter) },
    ...missing.map((set): Piece => ({ data: set, units: [0, set.length] })),
    { data: first.data, units: first.units.slice(delimiter) },
    ...more,
  ];
}
