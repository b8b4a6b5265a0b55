/** Why there is no picture, worded for the users of Node-RED. */
import { DecoderError } from '../../src/pictures';

/** For the log, before any picture is asked for. */
export const NO_DECODER = 'No ffmpeg on the path: pictures of M-JPEG only, none of H.264 and H.265.';

const INSTALL =
  'H.264 and H.265 pictures are decoded by ffmpeg, which was not found on the path. Install it (Debian and Ubuntu: apt install ffmpeg; Alpine: apk add ffmpeg; macOS: brew install ffmpeg) and start Node-RED again.';

/** @throws what is no failure of the decoder */
export function decoderFailure(error: unknown): { readonly ErrorType: string; readonly message: string } {
  if (!(error instanceof DecoderError)) {
    throw error;
  }
  const { ErrorType, message } = error;
  return { ErrorType, message: ErrorType === 'NoDecoder' ? INSTALL : message };
}
