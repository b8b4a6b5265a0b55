/** The files that the suite `reader` reads; `inputs.ts` makes them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD, REPOSITORY } from '../paths';

export type InputName = 'video' | 'small' | 'recording';

/** Where `makeInputs` puts it; the recording is where it is. */
export function inputFile(name: InputName | 'camera' | 'sound'): string {
  return name === 'recording'
    ? join(REPOSITORY, '..', 'shared', 'media', 'output_get_media.mkv')
    : join(BUILD, `${name}.mkv`);
}

export function hasRecording(): boolean {
  return existsSync(inputFile('recording'));
}
