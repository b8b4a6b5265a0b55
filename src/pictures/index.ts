/**
 * Pictures of video, made by the machine's `ffmpeg` in processes of their own: the one place that starts programs.
 *
 * - `key-frame-decoder.ts` makes a JPEG of one key frame, in an ffmpeg of its own (`run-program-once.ts`)
 * - `any-frame-decoder.ts` makes pictures of chosen frames, chunk after chunk, in one ffmpeg that keeps running
 *   (`long-running-process.ts`); `picture-stream-reader.ts` reads what comes back
 * - `stream-pictures.ts` makes the pictures of a stream as it comes: what waits (`waiting-media.ts`), and for each track
 *   which frames are due (`track-pictures.ts`), with a place for its decoder (`decoder-places.ts`)
 * - `newest-pictures.ts` holds pictures back while their receiver is busy
 * - `program-failure.ts` says why there is no picture, in `decoder-statements.ts`
 * - `find-ffmpeg.ts` finds the program and tests its options; `picture-filters.ts` has the options of pictures
 *
 * It knows the formats of `convert`, which does no I/O itself, and not who shows the pictures.
 */
export { DecoderError } from './decoder-error';
export { DECODER_FAILURES, DECODER_STATEMENTS, decoderStatement } from './decoder-statements';
export { findFfmpeg, type Ffmpeg } from './find-ffmpeg';
export { AnyFrameDecoder, type AnyFrameDecoderOptions, type FramePicture } from './any-frame-decoder';
export { KeyFrameDecoder, decodedFormat } from './key-frame-decoder';
export { NewestPictures } from './newest-pictures';
export type { PictureForm, ShownShape } from './picture-filters';
export { StreamPictures, type StreamPicture, type StreamPicturesEvents } from './stream-pictures';
export type { PictureMedia } from './waiting-media';
