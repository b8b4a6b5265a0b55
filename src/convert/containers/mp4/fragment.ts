/** One `moof` and its `mdat` (ISO/IEC 14496-12, section 8.8), written into one Buffer: the only copy of the media. */
import { type Sample, writeLargeSample, writeSample } from '../../samples/sample';
import { isLarge, type StepBudget, type Steps } from '../../steps';

/** The samples of a track in one fragment; all times in ticks of the track. */
export interface TrackRun {
  /** 1, 2, … as in the init segment. */
  readonly trackId: number;
  /** In the order in which they are decoded. */
  readonly samples: readonly Sample[];
  readonly decodeTimes: readonly number[];
  readonly presentationTimes: readonly number[];
  /** Duration of the last sample, in ticks of the track. */
  readonly lastDuration: number;
}

const MFHD_BYTES = 16;
const TFHD_BYTES = 16;
const TFDT_BYTES = 20;
const TRUN_HEAD_BYTES = 20;
const SAMPLE_BYTES = 16;
const BOX_HEADER_BYTES = 8;
const DEFAULT_BASE_IS_MOOF = 0x020000;
/** Data offset; duration, size, flags and composition offset of every sample; signed offsets. */
const TRUN_VERSION_AND_FLAGS = 0x01000f01;
/** sample_depends_on, and for others sample_is_non_sync_sample (section 8.8.3.1). */
const SYNC_SAMPLE = 0x02000000;
const OTHER_SAMPLE = 0x01010000;
/** sample_is_depended_on: no other sample needs it. */
const DISPENSABLE = 0x00800000;

export function* fragment(sequence: number, runs: readonly TrackRun[], budget: StepBudget): Steps<Buffer> {
  const moofBytes = BOX_HEADER_BYTES + MFHD_BYTES + sum(runs.map(trafBytes));
  const mdatBytes = BOX_HEADER_BYTES + sum(runs.map(mediaBytes));
  const bytes = Buffer.allocUnsafeSlow(moofBytes + mdatBytes);
  let at = header(bytes, 0, moofBytes, 'moof');
  at = header(bytes, at, MFHD_BYTES, 'mfhd');
  at = bytes.writeUInt32BE(0, at);
  at = bytes.writeUInt32BE(sequence >>> 0, at);
  let mediaAt = moofBytes + BOX_HEADER_BYTES;
  for (const run of runs) {
    at = yield* writeTraf(bytes, at, run, mediaAt, budget);
    mediaAt += mediaBytes(run);
  }
  at = header(bytes, at, mdatBytes, 'mdat');
  for (const { samples } of runs) {
    for (const sample of samples) {
      if (isLarge(sample.size)) {
        at = yield* writeLargeSample(sample, bytes, at, budget);
      } else {
        at = writeSample(sample, bytes, at);
        if (budget.spendBytes(sample.size)) {
          yield;
        }
      }
    }
  }
  return bytes;
}

function* writeTraf(
  bytes: Buffer,
  from: number,
  run: TrackRun,
  mediaAt: number,
  budget: StepBudget,
): Steps<number> {
  const { trackId, samples, decodeTimes, presentationTimes } = run;
  let at = header(bytes, from, trafBytes(run), 'traf');
  at = header(bytes, at, TFHD_BYTES, 'tfhd');
  at = bytes.writeUInt32BE(DEFAULT_BASE_IS_MOOF, at);
  at = bytes.writeUInt32BE(trackId, at);
  at = header(bytes, at, TFDT_BYTES, 'tfdt');
  at = bytes.writeUInt32BE(0x01000000, at);
  at = bytes.writeBigUInt64BE(BigInt(decodeTimes[0] ?? 0), at);
  at = header(bytes, at, TRUN_HEAD_BYTES + samples.length * SAMPLE_BYTES, 'trun');
  at = bytes.writeUInt32BE(TRUN_VERSION_AND_FLAGS, at);
  at = bytes.writeUInt32BE(samples.length, at);
  at = bytes.writeInt32BE(mediaAt, at);
  for (const [i, { size, keyframe, discardable }] of samples.entries()) {
    const decodeTime = decodeTimes[i] ?? 0;
    const next = decodeTimes[i + 1];
    at = bytes.writeUInt32BE(next === undefined ? run.lastDuration : next - decodeTime, at);
    at = bytes.writeUInt32BE(size, at);
    at = bytes.writeUInt32BE((keyframe ? SYNC_SAMPLE : OTHER_SAMPLE) | (discardable ? DISPENSABLE : 0), at);
    at = bytes.writeInt32BE((presentationTimes[i] ?? 0) - decodeTime, at);
    if (budget.spend()) {
      yield;
    }
  }
  return at;
}

function header(bytes: Buffer, at: number, size: number, type: string): number {
  bytes.write(type, bytes.writeUInt32BE(size, at), 'latin1');
  return at + BOX_HEADER_BYTES;
}

function trafBytes({ samples }: TrackRun): number {
  return BOX_HEADER_BYTES + TFHD_BYTES + TFDT_BYTES + TRUN_HEAD_BYTES + samples.length * SAMPLE_BYTES;
}

function mediaBytes({ samples }: TrackRun): number {
  return sum(samples.map(({ size }) => size));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
