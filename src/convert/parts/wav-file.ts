/** A WAV file that is given whole, with its lengths in its header. */
import { copyInSteps, type StepBudget, type Steps } from '../steps';
import type { MediaFormat } from '../types';

const RIFF_LENGTH_AT = 4;
/** What the length of the RIFF chunk does not count. */
const RIFF_HEAD_BYTES = 8;
/** The length of the samples stands at the end of the header. */
const LENGTH_BYTES = 4;

export class WavFile {
  readonly #pieces: Buffer[] = [];
  #bytes = 0;
  #format: MediaFormat = { mimeType: 'audio/wav' };

  constructor(private readonly header: Buffer) {}

  add(samples: Buffer, format: MediaFormat): void {
    const before = this.#format;
    this.#pieces.push(samples);
    this.#bytes += samples.length;
    const sum = (name: 'durationMs' | 'frames' | 'silenceMs'): number =>
      (before[name] ?? 0) + (format[name] ?? 0);
    const silenceMs = sum('silenceMs');
    this.#format = {
      ...(this.#pieces.length === 1 ? { ...format, startMs: 0 } : before),
      durationMs: sum('durationMs'),
      frames: sum('frames'),
      ...(silenceMs === 0 ? {} : { silenceMs }),
      ...(format.discontinuity === true ? { discontinuity: true as const } : {}),
    };
  }

  get format(): MediaFormat {
    return this.#format;
  }

  *whole(budget: StepBudget): Steps<Buffer> {
    const { header } = this;
    const file = Buffer.allocUnsafeSlow(header.length + this.#bytes);
    let at = header.copy(file);
    for (const piece of this.#pieces) {
      at = yield* copyInSteps(piece, 0, piece.length, file, at, budget);
    }
    file.writeUInt32LE(file.length - RIFF_HEAD_BYTES, RIFF_LENGTH_AT);
    file.writeUInt32LE(this.#bytes, header.length - LENGTH_BYTES);
    return file;
  }
}
