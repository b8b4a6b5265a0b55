/**
 * Clips and pictures of stored media: a range of time in, files that show it out. The data's path:
 *
 * ```
 * range ──▶ archive: its chunks, in order ──▶ clip-run: converts each ──▶ clip-store: buffer-store, or file-store
 *              ▲                                                             │
 *              └──────────────── the next chunks, when this one is written ──┘
 * ```
 *
 * - `clip-run.ts` leads the chunks through the converter (`convert/clip`), so that no more than two are in memory, and says
 *   what is missing
 * - `buffer-store.ts` and `file-store.ts` make the bytes of a clip; `temporary-files.ts` names what is not complete yet, and
 *   removes what dead processes have left; `file-error.ts` says why a file cannot be written
 *
 * Pictures of moments: `picture-run.ts` decides what decodes: `decoded-pictures.ts` chooses the frames for ffmpeg
 * (`src/pictures`), `service-pictures.ts` asks the service; `moments.ts` knows which moments are still to come, and
 * `image-size.ts` how large a picture is.
 *
 * Must not know who asks for clips nor how errors are shown.
 */
export { BufferStore } from './buffer-store';
export { makeClip, type Clip, type ClipRequest, type ClipResult } from './clip-run';
export { ClipTooLargeError, type ClipStore, type StoredClip } from './clip-store';
export { FileError, type FileReason } from './file-error';
export { FileStore } from './file-store';
export { IntervalTooShortError, makePictures } from './picture-run';
export type { PictureDependencies, PictureRequest, PicturesResult, StoredPicture } from './picture-types';
export { removeLeftovers } from './temporary-files';
