/**
 * Options that make ffmpeg encode H.265 in one thread. The threads of libx265 wait for each other at every picture:
 * beside other processes that keep the cores busy, the same film takes ten times as long.
 *
 * @param parameters more of `-x265-params`, such as `keyint=25`
 */
export function h265Encoder(...parameters: readonly string[]): string[] {
  const all = ['log-level=none', 'pools=none', 'frame-threads=1', ...parameters];
  return ['-c:v', 'libx265', '-pix_fmt', 'yuv420p', '-x265-params', all.join(':')];
}
