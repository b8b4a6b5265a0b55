/** Writes EBML elements (RFC 8794) with the ids of Matroska (RFC 9559, section 5): headers only, never media. */
export const ID = {
  EBML: 0x1a45dfa3,
  EBMLVersion: 0x4286,
  EBMLReadVersion: 0x42f7,
  EBMLMaxIDLength: 0x42f2,
  EBMLMaxSizeLength: 0x42f3,
  DocType: 0x4282,
  DocTypeVersion: 0x4287,
  DocTypeReadVersion: 0x4285,
  Segment: 0x18538067,
  Info: 0x1549a966,
  TimestampScale: 0x2ad7b1,
  MuxingApp: 0x4d80,
  WritingApp: 0x5741,
  Tracks: 0x1654ae6b,
  TrackEntry: 0xae,
  TrackNumber: 0xd7,
  TrackUID: 0x73c5,
  TrackType: 0x83,
  FlagLacing: 0x9c,
  DefaultDuration: 0x23e383,
  Name: 0x536e,
  CodecID: 0x86,
  CodecPrivate: 0x63a2,
  CodecDelay: 0x56aa,
  SeekPreRoll: 0x56bb,
  ContentEncodings: 0x6d80,
  ContentEncoding: 0x6240,
  ContentEncodingOrder: 0x5031,
  ContentCompression: 0x5034,
  ContentCompSettings: 0x4255,
  Video: 0xe0,
  PixelWidth: 0xb0,
  PixelHeight: 0xba,
  PixelCropBottom: 0x54aa,
  PixelCropTop: 0x54bb,
  PixelCropLeft: 0x54cc,
  PixelCropRight: 0x54dd,
  DisplayWidth: 0x54b0,
  DisplayHeight: 0x54ba,
  DisplayUnit: 0x54b2,
  Colour: 0x55b0,
  MatrixCoefficients: 0x55b1,
  Range: 0x55b9,
  TransferCharacteristics: 0x55ba,
  Primaries: 0x55bb,
  Projection: 0x7670,
  ProjectionType: 0x7671,
  ProjectionPoseYaw: 0x7673,
  ProjectionPosePitch: 0x7674,
  ProjectionPoseRoll: 0x7675,
  Audio: 0xe1,
  SamplingFrequency: 0xb5,
  Channels: 0x9f,
  BitDepth: 0x6264,
  Tags: 0x1254c367,
  Tag: 0x7373,
  Targets: 0x63c0,
  TagTrackUID: 0x63c5,
  SimpleTag: 0x67c8,
  TagName: 0x45a3,
  Cluster: 0x1f43b675,
  Timestamp: 0xe7,
  SimpleBlock: 0xa3,
  BlockGroup: 0xa0,
  Block: 0xa1,
  BlockDuration: 0x9b,
  ReferenceBlock: 0xfb,
  ReferencePriority: 0xfa,
  BlockAdditions: 0x75a1,
  DiscardPadding: 0x75a2,
  CodecState: 0xa4,
  Void: 0xec,
  CRC32: 0xbf,
} as const;

export const UNKNOWN_SIZE = Buffer.from('01ffffffffffffff', 'hex');

export function idBytes(id: number): Buffer {
  const hex = id.toString(16);
  return Buffer.from(hex, 'hex');
}

/** How many bytes a size or a track number takes; all ones is reserved. */
export function vintBytes(value: number): number {
  let length = 1;
  while (value >= 2 ** (7 * length) - 1) {
    length += 1;
  }
  return length;
}

/** Gives the position behind it. */
export function writeVint(target: Buffer, at: number, value: number, length = vintBytes(value)): number {
  target.writeUIntBE(value, at, Math.min(length, 6));
  target[at] = (target[at] ?? 0) | (0x80 >> (length - 1));
  return at + length;
}

export function element(id: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = Buffer.alloc(vintBytes(content.length));
  writeVint(size, 0, content.length);
  return Buffer.concat([idBytes(id), size, content]);
}

export function uint(id: number, value: number): Buffer {
  const hex = value.toString(16);
  return element(id, Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'));
}

export function float(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return element(id, bytes);
}

/** @param value of up to 48 bits */
export function int(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeIntBE(value, 0, bytes.length);
  return element(id, bytes);
}

export function text(id: number, value: string): Buffer {
  return element(id, Buffer.from(value, 'utf8'));
}
