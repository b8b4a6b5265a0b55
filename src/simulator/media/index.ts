/**
 * Matroska as the simulator reads and writes it, and media made ready to be produced. It must not know streams, nor
 * anything else of the simulator.
 */
export { blockHeadAt } from './block';
export { withDuration } from './chunk-duration';
export { CONNECT_TAGS, CONNECT_TRACKS, connectSamples } from './connect-call';
export { decodePicture, type PictureForm } from './decode-picture';
export { demux, type SourceMedia } from './demuxer';
export { childOf, children, elementAt, idAt, sizeAt, unsignedOf, type Element } from './ebml-reader';
export { UNKNOWN_SIZE_1, UNKNOWN_SIZE_8, element, idBytes, tags, unsigned } from './ebml-writer';
export { HEADER_CHILDREN, ID, SEGMENT_CHILDREN } from './element-ids';
export {
  UnplayableError,
  initSegment,
  mediaSegment,
  mp4TracksOf,
  type Mp4Track,
  type Mp4Tracks,
} from './fragmented-mp4';
export { frameKind } from './frame-kind';
export { frameSpanMs } from './frame-span';
export { MediaError } from './media-error';
export { MediaLibrary, SAMPLE_FILE, type MediaSource } from './media-library';
export { makePlayable, type Piece, type Playable } from './playable';
export { PROFILES, clusterHead, isFileLike, type Profile } from './profile';
export { NoFfmpegError, remuxClip } from './remux-clip';
export { readRecording, startOfClosingTags, type RecordedChunk } from './recording';
export { ERROR_CODES, SERVICE_TAG, errorChunk, frontTags, notFoundChunk, tailTags } from './service-tags';
export { DEFAULT_TIMECODE_SCALE, groupChildInMs, infoInMs, timecodeScaleOf } from './timecode-scale';
export { mediaTypeOf, readTracks, type SourceTrack } from './tracks';
