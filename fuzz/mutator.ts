/** Makes new inputs from known ones. */
import type { Random } from './random';

type Mutation = (input: Buffer, random: Random, other: Buffer) => Buffer;

const INTERESTING = [0, 1, 0x7f, 0x80, 0xff, 0x40, 0x20, 0x10, 0x08, 0x04, 0x02, 0xfe];
/** Sizes and numbers at the edges of what their width holds: 1, 2, 4 and 8 bytes. */
const EDGES = ['ff', '4000', '7fff', '407f', '10000000', '1fffffff', '01ffffffffffffff', '0100000000000000']
  .concat(['011fffffffffffff', '0120000000000000', '80', '8001', '08ffffffff', '00'])
  .map((hex) => Buffer.from(hex, 'hex'));

/** Changes inputs the way AFL does, with a format's own words and units besides. */
export class Mutator {
  readonly #mutations: readonly Mutation[];

  constructor(
    private readonly dictionary: readonly Buffer[],
    private readonly unit: Buffer | undefined,
    private readonly maxBytes: number,
  ) {
    this.#mutations = [
      flipBit,
      flipBit,
      setByte,
      setByte,
      addToByte,
      remove,
      remove,
      repeat,
      copyWithin,
      truncate,
      splice,
      insertFrom,
      (input, random) => insert(input, random, pick(EDGES, random)),
      (input, random) => overwrite(input, random, pick(EDGES, random)),
      ...(dictionary.length === 0 ? [] : [this.#insertWord, this.#insertWord, this.#overwriteWord]),
      ...(unit === undefined ? [] : [this.#repeatUnit, this.#removeUnit, this.#spliceUnit]),
    ];
  }

  /** A few changes at once, mostly one or two. */
  mutate(input: Buffer, random: Random, other: Buffer): Buffer {
    let mutated: Buffer = Buffer.from(input);
    for (let left = 1 + random.skewed(6); left > 0; left--) {
      const mutation = this.#mutations[random.below(this.#mutations.length)];
      mutated = mutation?.(mutated, random, other) ?? mutated;
    }
    return mutated.length > this.maxBytes ? mutated.subarray(0, this.maxBytes) : mutated;
  }

  readonly #insertWord: Mutation = (input, random) => insert(input, random, pick(this.dictionary, random));

  readonly #overwriteWord: Mutation = (input, random) =>
    overwrite(input, random, pick(this.dictionary, random));

  readonly #repeatUnit: Mutation = (input, random) => {
    const [from, to] = this.#anyUnit(input, random);
    return replace(input, to, to, input.subarray(from, to));
  };

  readonly #removeUnit: Mutation = (input, random) => {
    const [from, to] = this.#anyUnit(input, random);
    return replace(input, from, to, NOTHING);
  };

  readonly #spliceUnit: Mutation = (input, random, other) => {
    const [, to] = this.#anyUnit(input, random);
    const [from, end] = this.#anyUnit(other, random);
    return replace(input, to, to, other.subarray(from, end));
  };

  /** From one beginning of a unit to the next, or to the end. */
  #anyUnit(input: Buffer, random: Random): readonly [from: number, to: number] {
    const mark = this.unit ?? NOTHING;
    const found = input.indexOf(mark, random.below(input.length));
    const from = Math.max(found < 0 ? input.indexOf(mark) : found, 0);
    const next = input.indexOf(mark, from + 1);
    return [from, next < 0 ? input.length : next];
  }
}

const NOTHING = Buffer.alloc(0);

function pick(choices: readonly Buffer[], random: Random): Buffer {
  return choices[random.below(choices.length)] ?? NOTHING;
}

function replace(input: Buffer, from: number, to: number, by: Buffer): Buffer {
  return Buffer.concat([input.subarray(0, from), by, input.subarray(to)]);
}

function insert(input: Buffer, random: Random, what: Buffer): Buffer {
  const at = random.below(input.length + 1);
  return replace(input, at, at, what);
}

function overwrite(input: Buffer, random: Random, what: Buffer): Buffer {
  what.copy(input, random.below(input.length));
  return input;
}

function flipBit(input: Buffer, random: Random): Buffer {
  const at = random.below(input.length);
  input[at] = (input[at] ?? 0) ^ (1 << random.below(8));
  return input;
}

function setByte(input: Buffer, random: Random): Buffer {
  const interesting = INTERESTING[random.below(INTERESTING.length * 2)];
  input[random.below(input.length)] = interesting ?? random.below(256);
  return input;
}

function addToByte(input: Buffer, random: Random): Buffer {
  const at = random.below(input.length);
  input[at] = (input[at] ?? 0) + 1 + random.skewed(16) * (random.below(2) === 0 ? 1 : -1);
  return input;
}

function remove(input: Buffer, random: Random): Buffer {
  const from = random.below(input.length);
  return replace(input, from, from + 1 + random.skewed(Math.max(1, input.length >> 1)), NOTHING);
}

function repeat(input: Buffer, random: Random): Buffer {
  const from = random.below(input.length);
  const block = input.subarray(from, from + 1 + random.skewed(64));
  return replace(input, from, from, Buffer.concat(new Array<Buffer>(1 + random.skewed(8)).fill(block)));
}

function copyWithin(input: Buffer, random: Random): Buffer {
  const from = random.below(input.length);
  input.copyWithin(random.below(input.length), from, from + 1 + random.skewed(64));
  return input;
}

function truncate(input: Buffer, random: Random): Buffer {
  return input.subarray(0, random.below(input.length + 1));
}

/** The beginning of one, the end of the other. */
function splice(input: Buffer, random: Random, other: Buffer): Buffer {
  return Buffer.concat([
    input.subarray(0, random.below(input.length + 1)),
    other.subarray(random.below(other.length + 1)),
  ]);
}

function insertFrom(input: Buffer, random: Random, other: Buffer): Buffer {
  const from = random.below(other.length);
  return insert(input, random, other.subarray(from, from + 1 + random.skewed(128)));
}
