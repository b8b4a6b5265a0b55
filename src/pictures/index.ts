/**
 * Pictures of key frames, made by the machine's `ffmpeg` in processes of their own: the one place that starts programs.
 * It knows the formats of `convert`, which does no I/O itself, and not who shows the pictures.
 */
export { DecoderError, PictureDecoder, decodedFormat, type ShownShape } from './picture-decoder';
