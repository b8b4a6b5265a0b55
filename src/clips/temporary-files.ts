/**
 * Names of files that are being written, and what processes that died have left of them. A name says which process, on
 * which machine, writes the file.
 */
import { createHash, randomBytes } from 'node:crypto';
import { opendir, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const PATTERN = /^\.kvs-clip-([0-9a-f]{8})-(\d+)-([0-9a-f]{8})-\d+\.tmp$/;
/** Of another machine that writes to the same folder nothing is known but when it wrote last. */
const OLD_MS = 24 * 3_600_000;
const ENTRIES_AT_A_TIME = 1_000;

const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
/** A process that is started anew may have the number of the one before, as in a container. */
const token = randomBytes(4).toString('hex');
let count = 0;

/** A name in the folder that nothing else has. */
export function temporaryName(folder: string): string {
  count += 1;
  return join(folder, `.kvs-clip-${host}-${process.pid}-${token}-${count}.tmp`);
}

/**
 * Removes what processes that are no more have left in a folder. What cannot be looked at or removed stays.
 *
 * @returns the number of files removed
 */
export async function removeLeftovers(folder: string, now = Date.now()): Promise<number> {
  // A folder of recordings may have 100,000 files, too many for one turn of the event loop.
  const entries = await opendir(folder, { bufferSize: ENTRIES_AT_A_TIME }).catch(() => undefined);
  let removed = 0;
  for await (const { name } of entries ?? []) {
    const path = join(folder, name);
    if (await isLeftover(path, name, now)) {
      removed += await unlink(path).then(
        () => 1,
        () => 0,
      );
    }
  }
  return removed;
}

async function isLeftover(path: string, name: string, now: number): Promise<boolean> {
  const [, itsHost, pid, itsToken] = PATTERN.exec(name) ?? [];
  if (itsHost === undefined || itsToken === token) {
    return false;
  }
  if (itsHost === host) {
    return Number(pid) === process.pid || !isAlive(Number(pid));
  }
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: now }));
  return now - mtimeMs > OLD_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Of another user: it is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
