/**
 * Turns chunks into what players, files and models take. Pure: bytes in, bytes and descriptions out; media is copied
 * once, into the piece that leaves. Knows chunks as `src/matroska` reads them, codecs, and containers; knows nothing of
 * the program that it runs in, of the network, of files, of processes or of clocks. A muxing library was weighed (mediabunny): it takes
 * concatenated chunks for one file and would be a seventh dependency, so the muxers are our own, and small.
 *
 * Each folder is a step, and imports only those before it:
 *
 * - `codecs/`: NAL units, parameter sets, configurations and frame headers of each codec; no tracks, no times.
 * - `input/`: the chunks of a payload, their tracks as the producer declares them, their frames as the codec made them.
 * - `samples/`: frames as files hold them (a picture may have come in several blocks), and when each is shown.
 * - `containers/`: continuous files, one piece for each chunk; `mp4/` and `matroska/` do not know each other.
 * - `elementary/`: Annex B, ADTS, WAV, bare samples and single pictures (`key-frame-converter.ts`), which have no container.
 * - `parts/`: files that end by time or size, of what the others make, and their names.
 * - `description/`: what a chunk holds, in place of media.
 * - `decoding/`: the frames of video tracks, for a decoder outside.
 * - `clip/`: a range of a stream as one file that is complete, and begins and ends where it is asked to; see there.
 *
 * To add an output form:
 * 1. Add its name to `TARGETS` in `src/options/convert.ts`. What does not compile then is to be extended: `TARGET_USES`
 *    beside it, which says whether it is kept in files or is a picture, and `create-converter.ts`, where a file is
 *    made `inParts`.
 * 2. Write its `Converter`; or, for a file that grows by one piece for each chunk, its `Container` (`containers/`), also for
 *    sound where the file has state from chunk to chunk, such as page numbers; or, for sound without that, its
 *    `AudioWriter` and its entry in `elementary/audio-forms.ts`, with a further `AudioForm.codec` if
 *    it takes neither AAC nor PCM.
 * 3. What it says about media that it cannot take: a key in `conversion-statements.ts`, and its clause in each language
 *    in `nodes/shared/locales/`.
 * 4. In `nodes/kvs-convert/`, add its `<option>` to `dialog/dialog.html`, the fields that it shows to `dialog/form.ts`,
 *    and to each language in `locales/` the label `to.NAME` and a paragraph of help.
 * 5. Describe it in `docs/guide/converting.md` and `CHANGELOG.md`, and test it in
 *    `test/convert/forms.test.ts`.
 *
 * The compiler and tests (`test/nodes/kvs-convert/definition.test.ts`, `test/nodes/locales.test.ts` and
 * `test/package/docs.test.ts`) say what is missing of all but the fields of the dialog, the help and
 * `CHANGELOG.md`.
 */
export { ClipConverter, type FinishedClip, type ClipRange, type ClipSink } from './clip/clip-converter';
export {
  DecodableVideo,
  type DecodableChunk,
  type DecodableFrame,
  type DecodableStep,
  type DecodableTrack,
} from './decoding/decodable-video';
export type { ClipMedia } from './clip/clip-file';
export { PictureSchedule } from './elementary/picture-schedule';
export type { SingleFrame } from './input/single-frame';
export { StepBudget, type Steps } from './steps';
export { createConverter, type ConverterOptions } from './create-converter';
export { Mp4Converter } from './containers/mp4/mp4-converter';
export { FileNames } from './parts/file-names';
export { CONVERSION_ERRORS, type ConversionErrorType } from './problems';
export { conversionStatement, CONVERSION_STATEMENTS } from './conversion-statements';
export type {
  ChunkDescription,
  ChunkIdentity,
  Conversion,
  Converted,
  Converter,
  MediaFormat,
  PartFile,
  Problem,
  TrackDescription,
  TrackFilter,
} from './types';
