/** How long a packet of sound lasts, by its codec: for laced frames without a DefaultDuration. */
import type { Track } from './types';

/** Samples of a packet, at the track's sampling frequency, of codecs whose packets all have the same. */
const PACKET_SAMPLES: readonly (readonly [codecId: string, samples: number])[] = [
  ['A_AAC', 1024],
  ['A_MPEG/L3', 1152],
  ['A_MPEG/L2', 1152],
  ['A_MPEG/L1', 384],
  ['A_AC3', 1536],
];
/** MPEG-2's layer III has half as many from this sampling frequency down. */
const MPEG_2_RATE = 24_000;
const AAC_RATES = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];

/**
 * How long a packet of sound lasts, ms, by what its codec says; undefined where that takes more than a glance. For the
 * frames of a laced block, which share one time.
 */
export function packetMs(track: Track, packet: Buffer): number | undefined {
  const { codecId, samplingFrequency, contentEncodings } = track;
  if (contentEncodings?.some(({ appliesTo }) => appliesTo.includes('frames')) === true) {
    return undefined;
  }
  if (codecId === 'A_OPUS') {
    return opusPacketMs(packet);
  }
  const samples = samplesOf(track, packet);
  const rate = aacRate(track) ?? samplingFrequency;
  return samples === undefined || rate === undefined || rate <= 0 ? undefined : (samples * 1_000) / rate;
}

/** By the first byte and, for some packets, the second (RFC 6716, section 3.1). */
export function opusPacketMs(packet: Buffer): number {
  const toc = packet[0] ?? 0;
  const configuration = toc >> 3;
  const ms =
    configuration < 12
      ? ([10, 20, 40, 60][configuration & 3] ?? 20)
      : configuration < 16
        ? ([10, 20][configuration & 1] ?? 20)
        : ([2.5, 5, 10, 20][configuration & 3] ?? 20);
  const frames = (toc & 3) === 0 ? 1 : (toc & 3) < 3 ? 2 : (packet[1] ?? 1) & 0x3f;
  return ms * frames;
}

function samplesOf(
  { codecId, samplingFrequency = 0, channels, bitDepth }: Track,
  packet: Buffer,
): number | undefined {
  if (codecId.startsWith('A_PCM/')) {
    const frameBytes = ((bitDepth ?? 16) / 8) * (channels ?? 1);
    return frameBytes >= 1 ? Math.floor(packet.length / frameBytes) : undefined;
  }
  if (codecId === 'A_MPEG/L3' && samplingFrequency <= MPEG_2_RATE) {
    return 576;
  }
  return PACKET_SAMPLES.find(([prefix]) => codecId.startsWith(prefix))?.[1];
}

/** The rate that AAC's packets count in: with spectral band replication, a track may tell twice as much. */
function aacRate({ codecId, codecPrivate }: Track): number | undefined {
  return codecId.startsWith('A_AAC') && codecPrivate !== undefined && codecPrivate.length >= 2
    ? AAC_RATES[(codecPrivate.readUInt16BE(0) >> 7) & 15]
    : undefined;
}
