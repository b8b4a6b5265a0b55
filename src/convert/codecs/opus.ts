/** Opus: its Matroska codec private data (RFC 7845, section 5.1) and the length of a packet. */
import { opusPacketMs } from '../../matroska';
import { ConversionError } from '../problems';
import { conversionStatement } from '../conversion-statements';

export const OPUS_RATE = 48_000;
const HEAD_BYTES = 19;

export interface OpusConfiguration {
  /** What the dOps box holds: the same, big-endian ("Encapsulation of Opus in ISOBMFF", section 4.3.2). */
  readonly specificBox: Buffer;
  readonly channels: number;
}

export function parseOpusHead(head: Buffer | undefined): OpusConfiguration {
  if (head === undefined || head.length < HEAD_BYTES || head.toString('latin1', 0, 8) !== 'OpusHead') {
    throw new ConversionError('InvalidCodecData', conversionStatement('conversion.codecDataInvalid', {}));
  }
  const box = Buffer.from(head.subarray(8));
  box[0] = 0;
  box.writeUInt16BE(head.readUInt16LE(10), 2);
  box.writeUInt32BE(head.readUInt32LE(12), 4);
  box.writeInt16BE(head.readInt16LE(16), 8);
  return { specificBox: box, channels: head[9] ?? 1 };
}

/** Samples of a packet, at 48 kHz. */
export function opusSamples(packet: Buffer): number {
  return (opusPacketMs(packet) * OPUS_RATE) / 1_000;
}
