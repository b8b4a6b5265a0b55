/** What is measured of each form: the input, and how ffmpeg does the same without decoding. */
import type { Target } from '../../src/options';

export type ConvertInput = 'video' | 'sound';

export interface MeasuredForm {
  readonly form: Target;
  readonly input: ConvertInput;
  /** ffmpeg's arguments between input and output; undefined where it has nothing alike. */
  readonly ffmpeg?: string;
}

export const FORMS: readonly MeasuredForm[] = [
  {
    form: 'mp4',
    input: 'video',
    ffmpeg: '-map 0 -c copy -movflags frag_keyframe+empty_moov+default_base_moof -f mp4',
  },
  { form: 'mkv', input: 'video', ffmpeg: '-map 0 -c copy -f matroska' },
  { form: 'annexb', input: 'video', ffmpeg: '-map 0:v -c copy -f h264' },
  { form: 'adts', input: 'video', ffmpeg: '-map 0:a -c copy -f adts' },
  // Key frames that are still to be decoded.
  { form: 'jpeg', input: 'video', ffmpeg: '-map 0:v -c copy -bsf:v noise=drop=not(key) -f h264' },
  { form: 'info', input: 'video' },
  { form: 'wav', input: 'sound', ffmpeg: '-map 0 -c copy -f wav' },
  { form: 'pcm', input: 'sound', ffmpeg: '-map 0 -c copy -f s16le' },
];
