/** Samples as a WAV file holds them: little-endian, and G.711 decoded. */
import type { PcmFormat } from '../codecs/detect-codec';
import { A_LAW, U_LAW } from '../codecs/g711';
import type { TrackFrames } from '../input/chunk-tracks';
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';
import { audioSample, type Sample } from '../samples/sample';
import type { StepBudget, Steps } from '../steps';
import { type AudioWriter, MAX_SILENCE_BYTES, MAX_SILENCE_MS, type Silence } from './audio-writer';

const WAVE_PCM = 1;
const WAVE_FLOAT = 3;
/** For a length that is not known yet: players read on to the end. */
const UNKNOWN_LENGTH = 0xffffffff;
const UNSIGNED_SILENCE = 0x80;
const FRAMES_PER_PART = 16_384;

/** @param wav whether a file begins with a WAV header. Throws `ConversionError`. */
export function* createWavWriter(
  { frames }: TrackFrames,
  stored: PcmFormat,
  wav: boolean,
  budget: StepBudget,
): Steps<AudioWriter> {
  const { samplingFrequency, channels } = stored;
  const expands = stored.coding === 'alaw' || stored.coding === 'ulaw';
  const bitDepth = expands ? 16 : stored.bitDepth;
  const storedFrameBytes = (stored.bitDepth / 8) * channels;
  const frameBytes = (bitDepth / 8) * channels;
  const bytesPerMs = (frameBytes * samplingFrequency) / 1_000;
  const samples: Sample[] = [];
  for (const { index, data, timecodeMs } of frames) {
    if (data.length % storedFrameBytes !== 0) {
      throw new ConversionError(
        'InvalidFrame',
        conversionStatement('conversion.notWholeSamples', { frame: index, sizeInBytes: data.length }),
      );
    }
    samples.push(audioSample(index, data, timecodeMs, (data.length / storedFrameBytes) * frameBytes));
    if (budget.spend()) {
      yield;
    }
  }
  const float = stored.coding === 'float-le';
  return {
    format: {
      mimeType: wav
        ? 'audio/wav'
        : `audio/pcm; rate=${samplingFrequency}; channels=${channels}; bits=${bitDepth}${float ? '; float=1' : ''}`,
      samplingFrequency,
      channels,
      bitDepth,
    },
    header: wav ? wavHeader(float ? WAVE_FLOAT : WAVE_PCM, samplingFrequency, channels, bitDepth) : undefined,
    samples,
    maxSilenceMs: Math.min(MAX_SILENCE_MS, MAX_SILENCE_BYTES / bytesPerMs),
    durationMs: ({ size }) => size / bytesPerMs,
    size: ({ size }) => size,
    partBytes: FRAMES_PER_PART * storedFrameBytes,
    write: (data, target, at) => write(data, stored, target, at),
    silence: (ms): Silence => {
      const bytes = Math.round((ms * samplingFrequency) / 1_000) * frameBytes;
      return {
        ms: bytes / bytesPerMs,
        bytes,
        write: (target, at) => {
          target.fill(bitDepth === 8 ? UNSIGNED_SILENCE : 0, at, at + bytes);
          return at + bytes;
        },
      };
    },
  };
}

function write(data: Buffer, { coding, bitDepth }: PcmFormat, target: Buffer, at: number): number {
  switch (coding) {
    case 'int-le':
    case 'float-le':
      return at + data.copy(target, at);
    case 'int-be':
      return writeSwapped(data, bitDepth / 8, target, at);
    case 'alaw':
      return writeExpanded(data, A_LAW, target, at);
    case 'ulaw':
      return writeExpanded(data, U_LAW, target, at);
  }
}

function writeSwapped(data: Buffer, bytes: number, target: Buffer, at: number): number {
  for (let from = 0; from < data.length; from += bytes) {
    for (let i = 0; i < bytes; i++) {
      target[at + from + i] = data[from + bytes - 1 - i] ?? 0;
    }
  }
  return at + data.length;
}

function writeExpanded(data: Buffer, table: Int16Array, target: Buffer, at: number): number {
  for (let i = 0; i < data.length; i++) {
    const value = table[data[i] ?? 0] ?? 0;
    target[at + 2 * i] = value;
    target[at + 2 * i + 1] = value >> 8;
  }
  return at + 2 * data.length;
}

/** RIFF with lengths that say "unknown", since a stream has no end that could be told at its beginning. */
function wavHeader(format: number, rate: number, channels: number, bitDepth: number): Buffer {
  const frameBytes = (bitDepth / 8) * channels;
  const header = Buffer.allocUnsafeSlow(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(UNKNOWN_LENGTH, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(format, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * frameBytes, 28);
  header.writeUInt16LE(frameBytes, 32);
  header.writeUInt16LE(bitDepth, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(UNKNOWN_LENGTH, 40);
  return header;
}
