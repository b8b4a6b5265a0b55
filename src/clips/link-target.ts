/** Where a symbolic link leads: whoever makes one wants the file there replaced, not the link. */
import { readlink, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** As many as Linux follows. */
const MOST_LINKS = 40;

/**
 * The path itself, or what a symbolic link there leads to, also where no file is there yet.
 *
 * @throws an error with code `ELOOP` for links that lead in a circle
 */
export async function linkTarget(path: string): Promise<string> {
  let target = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    // Fails for all that is no link, and for what does not exist.
    const link = await readlink(target).catch(() => undefined);
    if (link === undefined) {
      return target;
    }
    target = resolve(await realpath(dirname(target)), link);
  }
  throw Object.assign(new Error(`${path} leads to itself`), { code: 'ELOOP' });
}
