/** ADTS, WAV and bare samples of audio tracks. */
import { copyBuffer } from '../copy-buffer';
import { greatest, least } from '../extremes';
import { type ChunkConverter, ChunkLoop } from '../input/chunk-loop';
import {
  ChunkTracks,
  noneConvertible,
  type TrackFrames,
  trackOf,
  trackStatement,
  errorOf,
} from '../input/chunk-tracks';
import type { MediaChunk } from '../input/find-chunks';
import { type LeftOutTrack, LeftOutTracks } from '../input/left-out-tracks';
import type { ConversionResults } from '../conversion-results';
import { ConversionError } from '../problems';
import { AacFrameLimit } from '../samples/audio-track';
import { type Sample, shownSpan } from '../samples/sample';
import { conversionStatement } from '../conversion-statements';
import type { StepBudget, Steps } from '../steps';
import type { Conversion, Converted, TrackFilter } from '../types';
import { type AudioForm, AUDIO_FORMS, type AudioTarget } from './audio-forms';
import { AudioGaps } from './audio-gaps';
import { type AudioWriter, MAX_SILENCE_BYTES, type Silence } from './audio-writer';

/** Tags that tell one call from the next in a stream that is used again: Amazon Connect's, and Amazon Chime's. */
const CALL_TAGS = ['ContactId', 'TransactionId'];

/** Bytes of sound whose conversion takes as long as a unit of work. */
const BYTES_PER_UNIT = 256;

/** Tracks that are known from chunk to chunk; the one that was heard longest ago begins anew. */
const MOST_TRACKS = 256;

/** A track from chunk to chunk. */
interface KnownTrack {
  readonly gaps: AudioGaps;
  /** Another format begins another file. */
  readonly format: string;
}

/**
 * Makes sound of audio tracks: a piece for each track of each chunk, with silence for what is missing by the producer's
 * time. Tracks go by their names, where they have such, since the numbers of Amazon Connect's change. All begin at the
 * same time, and begin anew with another call.
 */
export class AudioConverter implements ChunkConverter {
  readonly #chunkTracks: ChunkTracks;
  #known = new Map<string, KnownTrack>();
  readonly #leftOut = new LeftOutTracks();
  #call: string | undefined;
  /** Source time at which the files begin, ms. */
  #start: number | undefined;
  #lost = false;
  /** In the chunk at hand, all tracks. */
  #silentBytes = 0;

  readonly #form: AudioForm;

  constructor(target: AudioTarget, tracks: TrackFilter = []) {
    this.#form = AUDIO_FORMS[target];
    this.#chunkTracks = new ChunkTracks(tracks);
  }

  readonly #loop = new ChunkLoop(this);

  convert(payload: Buffer): Conversion {
    return this.#loop.run(payload);
  }

  steps(payload: Buffer): Iterable<Conversion> {
    return this.#loop.steps(payload);
  }

  end(): readonly Converted[] {
    this.#known = new Map();
    this.#start = undefined;
    this.#lost = false;
    return [];
  }

  lost(): void {
    this.#lost = this.#start !== undefined;
  }

  *take(chunk: MediaChunk, results: ConversionResults, budget: StepBudget): Steps<void> {
    const found = this.#chunkTracks.read(chunk);
    const wanted = found.filter(({ codec }) => codec.name === this.#form.codec);
    if (wanted.length === 0) {
      throw noneConvertible(found, this.#form.why);
    }
    const leftOut: LeftOutTrack[] = found
      .filter(({ track, codec }) => track.type === 'audio' && codec.name !== this.#form.codec)
      .map(({ track }) => ({ track, ErrorType: 'UnsupportedCodec', why: this.#form.why }));
    const heard = yield* this.#read(wanted, leftOut, budget);
    this.#leftOut.tell(leftOut, chunk.identity, results);
    if (heard.length === 0) {
      return;
    }
    this.#followCall(chunk);
    this.#silentBytes = 0;
    const first = least(heard.map(({ writer }) => shownSpan(writer.samples).first));
    const end = greatest([...this.#known.values()].map(({ gaps }) => gaps.end));
    const base = chunk.identity.ProducerTimestamp ?? (this.#start === undefined ? 0 : end - first);
    this.#start ??= base + first;
    const names = found.map(({ track }) => track.name);
    for (const { track, writer } of heard) {
      const { name } = track.track;
      const isOnly = name !== undefined && name !== '' && names.indexOf(name) === names.lastIndexOf(name);
      yield* this.#addPiece(
        isOnly ? name : `#${track.track.number}`,
        track,
        writer,
        base,
        chunk,
        results,
        budget,
      );
    }
    this.#lost = false;
  }

  /** Adds to `leftOut` what cannot be read; throws `ConversionError` where nothing can. */
  *#read(
    wanted: readonly TrackFrames[],
    leftOut: LeftOutTrack[],
    budget: StepBudget,
  ): Steps<{ track: TrackFrames; writer: AudioWriter }[]> {
    let firstError: ConversionError | undefined;
    const heard: { track: TrackFrames; writer: AudioWriter }[] = [];
    const frameLimit = new AacFrameLimit();
    for (const track of wanted) {
      try {
        const writer =
          track.frames.length === 0 ? undefined : yield* this.#form.createWriter(track, frameLimit, budget);
        if (writer !== undefined) {
          heard.push({ track, writer });
        }
      } catch (error) {
        if (!(error instanceof ConversionError)) {
          throw error;
        }
        firstError ??= errorOf(track.track, error);
        leftOut.push({ track: track.track, ErrorType: error.ErrorType, why: error.statement });
      }
    }
    if (heard.length === 0 && firstError !== undefined) {
      throw firstError;
    }
    return heard;
  }

  /** Fragments that have lost their tags belong to the call before. */
  #followCall({ tags }: MediaChunk): void {
    const call = CALL_TAGS.map((name) => tags.get(name)?.[0]).find((id) => id !== undefined && id !== '');
    if (call !== undefined) {
      if (this.#call !== undefined && call !== this.#call) {
        this.end();
      }
      this.#call = call;
    }
  }

  /** A producer may name its tracks anew with every chunk. */
  #remember(key: string, track: KnownTrack): void {
    this.#known.delete(key);
    this.#known.set(key, track);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_TRACKS && oldest !== undefined) {
      this.#known.delete(oldest);
    }
  }

  *#addPiece(
    key: string,
    { track }: TrackFrames,
    writer: AudioWriter,
    base: number,
    { identity }: MediaChunk,
    results: ConversionResults,
    budget: StepBudget,
  ): Steps<void> {
    const format = { ...writer.format, track: trackOf(track) };
    const asText = JSON.stringify(writer.format);
    const known = this.#known.get(key);
    if (known !== undefined && known.format !== asText) {
      results.note(
        'TracksChanged',
        trackStatement(track, conversionStatement('conversion.tracksChanged', {})),
        identity,
      );
    }
    let current = known?.format === asText ? known : undefined;
    const begins = current === undefined;
    if (current === undefined) {
      const at = known === undefined ? (this.#start ?? base) : base + (writer.samples[0]?.timeMs ?? 0);
      current = { gaps: new AudioGaps(at, writer.maxSilenceMs), format: asText };
    }
    this.#remember(key, current);
    if (begins && writer.header !== undefined) {
      results.add(copyBuffer(writer.header), { ...format, init: true }, identity);
    }
    const { gaps } = current;
    const startMs = gaps.position;
    const parts: (Sample | Silence)[] = [];
    let bytes = 0;
    let silenceMs = 0;
    let broken = this.#lost && !begins;
    for (const sample of writer.samples) {
      const gap = gaps.gapBefore(base + sample.timeMs);
      const silence = gap.kind === 'silence' ? writer.silence(gap.ms) : undefined;
      if (silence !== undefined && this.#silentBytes + silence.bytes <= MAX_SILENCE_BYTES) {
        parts.push(silence);
        this.#silentBytes += silence.bytes;
        bytes += silence.bytes;
        silenceMs += silence.ms;
        gaps.fill(silence.ms);
      } else if (gap.kind !== 'none') {
        broken = true;
        results.note(
          gap.kind === 'back' ? 'TimeWentBack' : 'GapNotFilled',
          trackStatement(
            track,
            gap.kind === 'back'
              ? conversionStatement('conversion.goesBack', { backMs: Math.round(gap.ms) })
              : conversionStatement('conversion.silenceMissing', { missingMs: Math.round(gap.ms) }),
          ),
          identity,
        );
      }
      parts.push(sample);
      bytes += writer.size(sample);
      gaps.advance(writer.durationMs(sample));
      if (budget.spend()) {
        yield;
      }
    }
    const data = yield* written(parts, bytes, writer, budget);
    const producer = identity.ProducerTimestamp;
    results.add(
      data,
      {
        ...format,
        ...(broken ? { discontinuity: true as const } : {}),
        startMs,
        durationMs: gaps.position - startMs,
        ...(producer === undefined ? {} : { producerStart: producer + (writer.samples[0]?.timeMs ?? 0) }),
        ...(silenceMs === 0 ? {} : { silenceMs }),
        frames: writer.samples.length,
      },
      identity,
    );
  }
}

function* written(
  parts: readonly (Sample | Silence)[],
  bytes: number,
  writer: AudioWriter,
  budget: StepBudget,
): Steps<Buffer> {
  const target = Buffer.allocUnsafeSlow(bytes);
  const { partBytes } = writer;
  let at = 0;
  for (const part of parts) {
    if (!('data' in part)) {
      at = part.write(target, at);
      if (budget.spendBytes(part.bytes)) {
        yield;
      }
      continue;
    }
    const { data } = part;
    let from = 0;
    do {
      at = writer.write(data.subarray(from, from + partBytes), target, at);
      from += partBytes;
      if (budget.spend(1 + Math.min(partBytes, data.length) / BYTES_PER_UNIT)) {
        yield;
      }
    } while (from < data.length);
  }
  return target;
}
