/**
 * Pictures of video, made by the machine's `ffmpeg` in processes of their own: the one place that starts programs.
 *
 * - `picture-decoder.ts` makes a JPEG of one key frame; `run-program.ts` runs a program once
 * - `frame-decoder.ts` makes pictures of chosen frames, chunk after chunk, in a process that stays (`decoder-process.ts`);
 *   `picture-stream-reader.ts` reads what comes back
 * - `find-ffmpeg.ts` finds the program and tests its options; `picture-filters.ts` has the options of pictures
 *
 * It knows the formats of `convert`, which does no I/O itself, and not who shows the pictures.
 */
export { DecoderError } from './decoder-error';
export { findFfmpeg, type Ffmpeg } from './find-ffmpeg';
export { FrameDecoder, type FrameDecoderOptions, type FramePicture } from './frame-decoder';
export { PictureDecoder, decodedFormat } from './picture-decoder';
export type { PictureForm, ShownShape } from './picture-filters';
