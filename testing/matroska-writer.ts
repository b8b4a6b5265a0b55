/**
 * Writes Matroska for tests, odd one included: any width of size, sizes that lie, no sizes. Shares no code with the
 * reader nor with the simulator.
 */
export const ID = {
  EBML: 0x1a45dfa3,
  DocType: 0x4282,
  EBMLReadVersion: 0x42f7,
  EBMLMaxIDLength: 0x42f2,
  EBMLMaxSizeLength: 0x42f3,
  Void: 0xec,
  CRC32: 0xbf,
  Segment: 0x18538067,
  SeekHead: 0x114d9b74,
  Info: 0x1549a966,
  TimestampScale: 0x2ad7b1,
  Duration: 0x4489,
  Tracks: 0x1654ae6b,
  TrackEntry: 0xae,
  TrackNumber: 0xd7,
  TrackUID: 0x73c5,
  TrackType: 0x83,
  Name: 0x536e,
  Language: 0x22b59c,
  FlagForced: 0x55aa,
  MaxBlockAdditionID: 0x55ee,
  CodecID: 0x86,
  CodecPrivate: 0x63a2,
  DefaultDuration: 0x23e383,
  ContentEncodings: 0x6d80,
  ContentEncoding: 0x6240,
  ContentEncodingOrder: 0x5031,
  ContentEncodingScope: 0x5032,
  ContentEncodingType: 0x5033,
  ContentCompression: 0x5034,
  ContentCompAlgo: 0x4254,
  ContentCompSettings: 0x4255,
  ContentEncryption: 0x5035,
  ContentEncAlgo: 0x47e1,
  Video: 0xe0,
  PixelWidth: 0xb0,
  PixelHeight: 0xba,
  PixelCropLeft: 0x54cc,
  PixelCropRight: 0x54dd,
  DisplayWidth: 0x54b0,
  DisplayHeight: 0x54ba,
  DisplayUnit: 0x54b2,
  AlphaMode: 0x53c0,
  Colour: 0x55b0,
  MatrixCoefficients: 0x55b1,
  Range: 0x55b9,
  TransferCharacteristics: 0x55ba,
  Primaries: 0x55bb,
  Projection: 0x7670,
  ProjectionPoseYaw: 0x7673,
  ProjectionPosePitch: 0x7674,
  ProjectionPoseRoll: 0x7675,
  Audio: 0xe1,
  SamplingFrequency: 0xb5,
  OutputSamplingFrequency: 0x78b5,
  Channels: 0x9f,
  BitDepth: 0x6264,
  Tags: 0x1254c367,
  Tag: 0x7373,
  Targets: 0x63c0,
  TagTrackUID: 0x63c5,
  SimpleTag: 0x67c8,
  TagName: 0x45a3,
  TagString: 0x4487,
  TagBinary: 0x4485,
  Cluster: 0x1f43b675,
  Timestamp: 0xe7,
  Position: 0xa7,
  PrevSize: 0xab,
  SimpleBlock: 0xa3,
  BlockGroup: 0xa0,
  Block: 0xa1,
  BlockDuration: 0x9b,
  ReferenceBlock: 0xfb,
  BlockAdditions: 0x75a1,
  BlockMore: 0xa6,
  BlockAdditional: 0xa5,
  BlockAddID: 0xee,
  DiscardPadding: 0x75a2,
  EncryptedBlock: 0xaf,
  Cues: 0x1c53bb6b,
  Chapters: 0x1043a770,
  Attachments: 0x1941a469,
} as const;

export type Part = Buffer | string | readonly number[];

export function bytes(...parts: readonly Part[]): Buffer {
  return Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))),
  );
}

/** A size of the given width (the least that holds it by default). */
export function size(value: number | bigint, width = value < 0x7f ? 1 : value < 0x3fff ? 2 : 4): Buffer {
  const coded = Buffer.alloc(8);
  coded.writeBigUInt64BE(BigInt(value) | (1n << BigInt(7 * width)));
  return coded.subarray(8 - width);
}

export function unknownSize(width: number): Buffer {
  return size(2n ** BigInt(7 * width) - 1n, width);
}

export function id(value: number): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
}

export function element(elementId: number, ...parts: readonly Part[]): Buffer {
  const content = bytes(...parts);
  return Buffer.concat([id(elementId), size(content.length), content]);
}

export function elementOfWidth(elementId: number, width: number, ...parts: readonly Part[]): Buffer {
  const content = bytes(...parts);
  return Buffer.concat([id(elementId), size(content.length, width), content]);
}

/** Declares a size that is not that of its content. */
export function elementThatLies(elementId: number, declared: number, ...parts: readonly Part[]): Buffer {
  return Buffer.concat([id(elementId), size(declared, 8), bytes(...parts)]);
}

export function elementOfUnknownSize(elementId: number, width: number, ...parts: readonly Part[]): Buffer {
  return Buffer.concat([id(elementId), unknownSize(width), bytes(...parts)]);
}

export function uint(elementId: number, value: number | bigint): Buffer {
  const hex = value.toString(16);
  return element(elementId, Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex'));
}

export function float(elementId: number, value: number): Buffer {
  const content = Buffer.alloc(8);
  content.writeDoubleBE(value);
  return element(elementId, content);
}

export function simpleTag(name: string, value: string, ...nested: readonly Buffer[]): Buffer {
  return element(ID.SimpleTag, element(ID.TagName, name), element(ID.TagString, value), ...nested);
}

/** A Tags element with one Tag and a SimpleTag for each pair. */
export function tags(...pairs: readonly (readonly [name: string, value: string])[]): Buffer {
  return element(ID.Tags, element(ID.Tag, ...pairs.map(([name, value]) => simpleTag(name, value))));
}

export const KEYFRAME = 0x80;
export const DISCARDABLE = 0x01;
export const XIPH = 0x02;
export const FIXED = 0x04;
export const EBML_LACING = 0x06;

/** What SimpleBlock and Block hold. */
export function block(track: number, time: number, flags: number, ...data: readonly Part[]): Buffer {
  const timeAndFlags = Buffer.alloc(3);
  timeAndFlags.writeInt16BE(time);
  timeAndFlags[2] = flags;
  return bytes(size(track), timeAndFlags, ...data);
}

export function simpleBlock(track: number, time: number, flags: number, ...data: readonly Part[]): Buffer {
  return element(ID.SimpleBlock, block(track, time, flags, ...data));
}

export function trackEntry(number: number, ...parts: readonly Part[]): Buffer {
  return element(ID.TrackEntry, uint(ID.TrackNumber, number), ...parts);
}

export const UNKNOWN_SEGMENT = Buffer.concat([id(ID.Segment), unknownSize(8)]);
export const EBML_HEADER = element(ID.EBML, element(ID.DocType, 'matroska'));
export const VIDEO_TRACK = trackEntry(1, uint(ID.TrackType, 1), element(ID.CodecID, 'V_TEST'));
export const SERVER_TIME = 1_519_423_069_070;

export function frontTags(number: string): Buffer {
  return tags(
    ['AWS_KINESISVIDEO_FRAGMENT_NUMBER', number],
    ['AWS_KINESISVIDEO_SERVER_TIMESTAMP', '1519423069.070'],
    ['AWS_KINESISVIDEO_PRODUCER_TIMESTAMP', '5.000'],
  );
}

export function closingTags(token: string): Buffer {
  return tags(['AWS_KINESISVIDEO_MILLIS_BEHIND_NOW', '274'], ['AWS_KINESISVIDEO_CONTINUATION_TOKEN', token]);
}

export interface ChunkParts {
  readonly number?: string;
  readonly ebml?: Buffer;
  readonly segment?: Buffer;
  readonly info?: Buffer;
  readonly tracks?: Buffer;
  /** Between the Tracks and the service's tags. */
  readonly before?: Buffer;
  readonly front?: Buffer;
  readonly cluster?: Buffer;
  /** Between the Cluster and the closing tags. */
  readonly after?: Buffer;
  readonly closing?: Buffer;
}

const NOTHING = Buffer.alloc(0);
export const CLUSTER = element(
  ID.Cluster,
  uint(ID.Timestamp, 0),
  simpleBlock(1, 0, KEYFRAME, 'key frame'),
  simpleBlock(1, 40, 0, 'another'),
);

/** A chunk as the service sends it, but for what is given. */
export function chunk(parts: ChunkParts = {}): Buffer {
  const number = parts.number ?? '1';
  return Buffer.concat([
    parts.ebml ?? EBML_HEADER,
    parts.segment ?? UNKNOWN_SEGMENT,
    parts.info ?? element(ID.Info, uint(ID.TimestampScale, 1_000_000)),
    parts.tracks ?? element(ID.Tracks, VIDEO_TRACK),
    parts.before ?? NOTHING,
    parts.front ?? frontTags(number),
    parts.cluster ?? CLUSTER,
    parts.after ?? NOTHING,
    parts.closing ?? closingTags(number),
  ]);
}
