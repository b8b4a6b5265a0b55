/** Looks for the decoders that tests have started. */
import { readdirSync, readFileSync } from 'node:fs';

/** The ids of the ffmpeg processes that this process has started. Linux only. */
export function ffmpegChildren(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      const [, name = '', parent] = /\((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
      return name === 'ffmpeg' && Number(parent) === process.pid;
    } catch {
      // It has ended meanwhile, or is no process.
      return false;
    }
  });
}
