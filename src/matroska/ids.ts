/** Element ids with their length marker, as RFC 9559 section 5 lists them. */
export const EBML = 0x1a45dfa3;
export const DOC_TYPE = 0x4282;
export const EBML_READ_VERSION = 0x42f7;
export const EBML_MAX_ID_LENGTH = 0x42f2;
export const EBML_MAX_SIZE_LENGTH = 0x42f3;
export const VOID = 0xec;
export const CRC_32 = 0xbf;
export const SEGMENT = 0x18538067;
export const SEEK_HEAD = 0x114d9b74;
export const INFO = 0x1549a966;
export const TIMESTAMP_SCALE = 0x2ad7b1;
export const TRACKS = 0x1654ae6b;
export const TRACK_ENTRY = 0xae;
export const TRACK_NUMBER = 0xd7;
export const TRACK_TYPE = 0x83;
export const TRACK_NAME = 0x536e;
export const CODEC_ID = 0x86;
export const CODEC_PRIVATE = 0x63a2;
export const DEFAULT_DURATION = 0x23e383;
export const CONTENT_ENCODINGS = 0x6d80;
export const CONTENT_ENCODING = 0x6240;
export const CONTENT_ENCODING_ORDER = 0x5031;
export const CONTENT_ENCODING_SCOPE = 0x5032;
export const CONTENT_ENCODING_TYPE = 0x5033;
export const CONTENT_COMPRESSION = 0x5034;
export const CONTENT_COMP_ALGO = 0x4254;
export const CONTENT_ENCRYPTION = 0x5035;
export const CONTENT_ENC_ALGO = 0x47e1;
export const VIDEO = 0xe0;
export const PIXEL_WIDTH = 0xb0;
export const PIXEL_HEIGHT = 0xba;
export const AUDIO = 0xe1;
export const SAMPLING_FREQUENCY = 0xb5;
export const CHANNELS = 0x9f;
export const BIT_DEPTH = 0x6264;
export const TAGS = 0x1254c367;
export const TAG = 0x7373;
export const SIMPLE_TAG = 0x67c8;
export const TAG_NAME = 0x45a3;
export const TAG_STRING = 0x4487;
export const TAG_BINARY = 0x4485;
export const CLUSTER = 0x1f43b675;
export const TIMESTAMP = 0xe7;
export const SIMPLE_BLOCK = 0xa3;
export const BLOCK_GROUP = 0xa0;
export const BLOCK = 0xa1;
export const BLOCK_DURATION = 0x9b;
export const REFERENCE_BLOCK = 0xfb;
export const CUES = 0x1c53bb6b;
export const CHAPTERS = 0x1043a770;
export const ATTACHMENTS = 0x1941a469;

/** What may lie in a Segment. A Cluster of unknown size ends where one of these begins (RFC 8794, section 6.2). */
export const LEVEL_1: ReadonlySet<number> = new Set([
  SEEK_HEAD,
  INFO,
  TRACKS,
  TAGS,
  CLUSTER,
  CUES,
  CHAPTERS,
  ATTACHMENTS,
]);

/** What may lie anywhere, so that it ends nothing. */
export const GLOBAL: ReadonlySet<number> = new Set([VOID, CRC_32]);

const NAMES: ReadonlyMap<number, string> = new Map([
  [EBML, 'EBML'],
  [DOC_TYPE, 'DocType'],
  [EBML_READ_VERSION, 'EBMLReadVersion'],
  [EBML_MAX_ID_LENGTH, 'EBMLMaxIDLength'],
  [EBML_MAX_SIZE_LENGTH, 'EBMLMaxSizeLength'],
  [VOID, 'Void'],
  [CRC_32, 'CRC-32'],
  [SEGMENT, 'Segment'],
  [SEEK_HEAD, 'SeekHead'],
  [INFO, 'Info'],
  [TIMESTAMP_SCALE, 'TimestampScale'],
  [TRACKS, 'Tracks'],
  [TRACK_ENTRY, 'TrackEntry'],
  [TRACK_NUMBER, 'TrackNumber'],
  [TRACK_TYPE, 'TrackType'],
  [TRACK_NAME, 'Name'],
  [CODEC_ID, 'CodecID'],
  [CODEC_PRIVATE, 'CodecPrivate'],
  [DEFAULT_DURATION, 'DefaultDuration'],
  [CONTENT_ENCODINGS, 'ContentEncodings'],
  [CONTENT_ENCODING, 'ContentEncoding'],
  [VIDEO, 'Video'],
  [PIXEL_WIDTH, 'PixelWidth'],
  [PIXEL_HEIGHT, 'PixelHeight'],
  [AUDIO, 'Audio'],
  [SAMPLING_FREQUENCY, 'SamplingFrequency'],
  [CHANNELS, 'Channels'],
  [BIT_DEPTH, 'BitDepth'],
  [TAGS, 'Tags'],
  [TAG, 'Tag'],
  [SIMPLE_TAG, 'SimpleTag'],
  [TAG_NAME, 'TagName'],
  [TAG_STRING, 'TagString'],
  [TAG_BINARY, 'TagBinary'],
  [CLUSTER, 'Cluster'],
  [TIMESTAMP, 'Timestamp'],
  [SIMPLE_BLOCK, 'SimpleBlock'],
  [BLOCK_GROUP, 'BlockGroup'],
  [BLOCK, 'Block'],
  [BLOCK_DURATION, 'BlockDuration'],
  [REFERENCE_BLOCK, 'ReferenceBlock'],
  // Skipped, so that they need no more than a name.
  [0xa7, 'Position'],
  [0xab, 'PrevSize'],
  [0xaf, 'EncryptedBlock'],
  [0x5854, 'SilentTracks'],
  [0x75a1, 'BlockAdditions'],
  [0x75a2, 'DiscardPadding'],
  [0xa2, 'BlockVirtual'],
  [0xa4, 'CodecState'],
  [0xfa, 'ReferencePriority'],
  [0xfd, 'ReferenceVirtual'],
  [0xc8, 'ReferenceFrame'],
  [0x8e, 'Slices'],
  [CUES, 'Cues'],
  [CHAPTERS, 'Chapters'],
  [ATTACHMENTS, 'Attachments'],
]);

export function isKnown(id: number): boolean {
  return NAMES.has(id);
}

export function elementName(id: number): string {
  return NAMES.get(id) ?? `0x${id.toString(16)}`;
}
