/** The sample table of one track of a progressive MP4 (ISO/IEC 14496-12, sections 8.6 and 8.7). */
import { box, fullBox, u32, u64 } from '../containers/mp4/boxes';
import type { StepBudget, Steps } from '../steps';
import { Numbers } from './numbers';

/** Where samples that lie one after the other are in the file. */
interface Run {
  readonly first: number;
  /** Bytes from the first of the media. */
  readonly at: number;
}

/** The samples of one track in the order in which they are decoded; all times in ticks of the track. */
export class SampleTable {
  readonly #sizes = new Numbers();
  /** When each is shown. */
  readonly #shown = new Numbers();
  /** The same times in order: decode times, but for the delay. */
  readonly #sorted = new Numbers();
  readonly #keys = new Numbers();
  readonly #runs: Run[] = [];
  #delay = 0;
  #runEnd = -1;

  get length(): number {
    return this.#sizes.length;
  }

  /** When the first sample is shown of all. */
  get first(): number {
    return this.#sorted.at(0);
  }

  /** When the last sample is shown; of sound, where the next begins at the earliest. */
  get last(): number {
    return this.#sorted.at(this.length - 1);
  }

  /**
   * @param shown when the sample is shown
   * @param sorted the time that is in its place when all are in order
   * @param at where it is, in bytes from the first of the media
   */
  add(size: number, shown: number, sorted: number, isKey: boolean, at: number): void {
    if (at !== this.#runEnd) {
      this.#runs.push({ first: this.length, at });
    }
    this.#runEnd = at + size;
    if (isKey) {
      this.#keys.push(this.length);
    }
    this.#sizes.push(size);
    this.#shown.push(shown);
    this.#sorted.push(sorted);
    this.#delay = Math.max(this.#delay, sorted - shown);
  }

  /** From the time at which decoding begins to the one at which a sample is shown that has this time. */
  mediaTime(shown: number): number {
    return shown - this.first + this.#delay;
  }

  /**
   * The sample that is shown at this time is shown from it on, not earlier: players leave out a picture that begins before
   * an edit does. Those before it are not shown.
   */
  beginAt(time: number): void {
    let found = 0;
    while (found + 1 < this.length && this.#sorted.at(found + 1) <= time) {
      found += 1;
    }
    const shown = this.#sorted.at(found);
    for (let i = 0; i < this.length && shown < time; i++) {
      if (this.#shown.at(i) === shown) {
        this.#shown.set(i, time);
        return;
      }
    }
  }

  /** How many bytes its samples take here. */
  get memoryBytes(): number {
    return this.length * 24;
  }

  /** How many bytes `boxes` takes at most. */
  get mostBytes(): number {
    return 200 + this.length * 24 + this.#runs.length * 20;
  }

  /** How long all samples last. @param end where the last one ends */
  duration(end: number): number {
    return Math.max(this.last + 1, end) - this.first;
  }

  /**
   * @param end where the last sample ends
   * @param mediaAt where in the file the first byte of the media is
   * @param isLarge offsets take more than 4 bytes
   */
  *boxes(end: number, mediaAt: number, isLarge: boolean, budget: StepBudget): Steps<Buffer[]> {
    const { length } = this;
    const durations = new RunLengths();
    const offsets = new RunLengths();
    const sizes = Buffer.allocUnsafe(length * 4);
    let hasOffsets = false;
    for (let i = 0; i < length; i++) {
      const time = this.#sorted.at(i);
      const next = i + 1 < length ? this.#sorted.at(i + 1) : Math.max(time + 1, end);
      durations.add(next - time);
      const offset = this.#shown.at(i) - time + this.#delay;
      hasOffsets ||= offset !== 0;
      offsets.add(offset);
      sizes.writeUInt32BE(this.#sizes.at(i), i * 4);
      if (budget.spend()) {
        yield;
      }
    }
    return [
      fullBox('stts', 0, 0, ...durations.entries()),
      ...(hasOffsets ? [fullBox('ctts', 0, 0, ...offsets.entries())] : []),
      ...(this.#keys.length === length ? [] : [fullBox('stss', 0, 0, ...this.#syncSamples())]),
      fullBox('stsc', 0, 0, ...this.#samplesPerChunk()),
      fullBox('stsz', 0, 0, u32(0, length), sizes),
      this.#chunkOffsets(mediaAt, isLarge),
    ];
  }

  #syncSamples(): Buffer[] {
    const numbers = Buffer.allocUnsafe(this.#keys.length * 4);
    for (let i = 0; i < this.#keys.length; i++) {
      numbers.writeUInt32BE(this.#keys.at(i) + 1, i * 4);
    }
    return [u32(this.#keys.length), numbers];
  }

  /** Each run is a chunk of the file. */
  #samplesPerChunk(): Buffer[] {
    const entries = Buffer.allocUnsafe(this.#runs.length * 12);
    let at = 0;
    let before: number | undefined;
    for (const [i, { first }] of this.#runs.entries()) {
      const count = (this.#runs[i + 1]?.first ?? this.length) - first;
      if (count !== before) {
        at = entries.writeUInt32BE(1, entries.writeUInt32BE(count, entries.writeUInt32BE(i + 1, at)));
        before = count;
      }
    }
    return [u32(at / 12), entries.subarray(0, at)];
  }

  #chunkOffsets(mediaAt: number, isLarge: boolean): Buffer {
    const offsets = Buffer.allocUnsafe(this.#runs.length * (isLarge ? 8 : 4));
    let to = 0;
    for (const { at } of this.#runs) {
      const offset = mediaAt + at;
      to = isLarge ? offsets.writeBigUInt64BE(BigInt(offset), to) : offsets.writeUInt32BE(offset, to);
    }
    return fullBox(isLarge ? 'co64' : 'stco', 0, 0, u32(this.#runs.length), offsets);
  }
}

/** What a field of the table holds; only times that lie within one chunk and make no sense are longer. */
const LARGEST_VALUE = 0xffffffff;

/** Numbers, each as often as it comes in a row. */
class RunLengths {
  readonly #counts = new Numbers();
  readonly #values = new Numbers();

  add(given: number): void {
    const value = Math.min(given, LARGEST_VALUE);
    const last = this.#values.length - 1;
    if (last >= 0 && this.#values.at(last) === value) {
      this.#counts.set(last, this.#counts.at(last) + 1);
    } else {
      this.#counts.push(1);
      this.#values.push(value);
    }
  }

  entries(): Buffer[] {
    const bytes = Buffer.allocUnsafe(this.#values.length * 8);
    for (let i = 0; i < this.#values.length; i++) {
      bytes.writeUInt32BE(this.#values.at(i), bytes.writeUInt32BE(this.#counts.at(i), i * 8));
    }
    return [u32(this.#values.length), bytes];
  }
}

/** One part of a track's edit list; times in ticks of the movie, but for `mediaTime`, in those of the track. */
export interface Edit {
  readonly duration: number;
  /** Undefined for an empty edit, which shows nothing. */
  readonly mediaTime: number | undefined;
}

/** EditBox (section 8.6.5). */
export function editBox(edits: readonly Edit[]): Buffer {
  const entries = edits.flatMap(({ duration, mediaTime }) => {
    const time = Buffer.alloc(8);
    time.writeBigInt64BE(BigInt(mediaTime ?? -1));
    return [u64(duration), time, u32(0x10000)];
  });
  return box('edts', fullBox('elst', 1, 0, u32(edits.length), ...entries));
}
