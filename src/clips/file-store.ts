/**
 * Clips as files. Media goes into a temporary file in the folder of the final one as it comes; when all has come, what is
 * before it in the file and then the media are written to another, which is on the disk before it gets its name. So a clip
 * takes twice its space for a while, no memory, and nothing that does not play ever has its name. A symbolic link stays:
 * the clip goes where it leads.
 */
import { constants } from 'node:fs';
import { access, open, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { StepBudget, type ClipMedia } from '../convert';
import { processTurn, type EventLoopTurn } from '../event-loop-turn';
import type { ClipStore, StorableClip } from './clip-store';
import { FileError } from './file-error';
import { linkTarget } from './link-target';
import { removeLeftovers, temporaryName } from './temporary-files';

const BLOCK_BYTES = 1024 * 1024;

interface OpenFile {
  readonly path: string;
  readonly handle: FileHandle;
}

export class FileStore implements ClipStore {
  readonly #path: string;
  /** Of temporary files: the one where the first clip goes. */
  #folder: string;
  #media: OpenFile | undefined;
  #parts = 0;

  /** @param path of the first clip; those after it have a number before the extension */
  constructor(
    path: string,
    private readonly turn: EventLoopTurn = processTurn,
  ) {
    this.#path = resolve(path);
    this.#folder = dirname(this.#path);
  }

  async prepare(): Promise<void> {
    await this.#try(async () => {
      this.#folder = dirname(await linkTarget(this.#path));
      const folder = await stat(this.#folder);
      if (!folder.isDirectory()) {
        throw failure('ENOTDIR', `${this.#folder} is not a folder`);
      }
      await access(this.#folder, constants.W_OK | constants.X_OK);
      await refuseSpecial(this.#path);
    });
    // What cannot be looked at stays.
    await removeLeftovers(this.#folder).catch(() => undefined);
  }

  async media({ bytes, write }: ClipMedia): Promise<void> {
    const block = Buffer.allocUnsafe(bytes);
    await this.turn.run(write(block, 0, new StepBudget()));
    await this.#try(async () => {
      this.#media ??= await create(this.#folder);
      await writeWhole(this.#media.handle, block);
    });
  }

  async finish(clip: StorableClip, signal: AbortSignal): Promise<string> {
    this.#parts += 1;
    const path = this.#pathOf(clip);
    await this.#try(async () => {
      const target = await linkTarget(path);
      const file = await create(dirname(target));
      try {
        await writeWhole(file.handle, clip.head);
        await this.#copyMedia(file.handle, signal);
        await file.handle.sync();
        await file.handle.close();
        await refuseSpecial(target);
        await rename(file.path, target);
      } catch (error) {
        await remove(file);
        throw error;
      }
      await this.discard();
      await syncFolder(dirname(target));
    });
    return path;
  }

  async discard(): Promise<void> {
    const media = this.#media;
    this.#media = undefined;
    if (media !== undefined) {
      await remove(media);
    }
  }

  async #copyMedia(target: FileHandle, signal: AbortSignal): Promise<void> {
    const block = Buffer.allocUnsafe(BLOCK_BYTES);
    for (let at = 0; this.#media !== undefined;) {
      signal.throwIfAborted();
      const { bytesRead } = await this.#media.handle.read(block, 0, BLOCK_BYTES, at);
      if (bytesRead === 0) {
        return;
      }
      await writeWhole(target, block.subarray(0, bytesRead));
      at += bytesRead;
    }
  }

  /** Matroska is not called MP4. */
  #pathOf({ format }: StorableClip): string {
    const extension = extname(this.#path);
    const stem = this.#path.slice(0, this.#path.length - extension.length);
    const isMatroska = format.mimeType.includes('matroska') && /^\.(mp4|m4v|m4a)$/i.test(extension);
    const number = this.#parts === 1 ? '' : `-${this.#parts}`;
    return `${stem}${number}${isMatroska ? '.mkv' : extension}`;
  }

  /** @throws FileError for what the system refuses; all else as it is */
  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw isOfSystem(error) ? new FileError(this.#path, error) : error;
    }
  }
}

async function create(folder: string): Promise<OpenFile> {
  const path = temporaryName(folder);
  return { path, handle: await open(path, 'wx+') };
}

/** A clip takes the place of a file, but not of a folder, nor of a device or pipe, which a rename would remove. */
async function refuseSpecial(path: string): Promise<void> {
  const known = await stat(path).catch(() => undefined);
  if (known !== undefined && !known.isFile()) {
    throw known.isDirectory()
      ? failure('EISDIR', `${path} is a folder`)
      : failure('EINVAL', `${path} is a device or pipe`);
  }
}

async function writeWhole(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, at);
    at += bytesWritten;
  }
}

/** What cannot be removed now is removed as a leftover later. */
async function remove({ handle, path }: OpenFile): Promise<void> {
  await handle.close().catch(() => undefined);
  await unlink(path).catch(() => undefined);
}

/** So that the name survives a power cut; not every system can do that. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close().catch(() => undefined);
}

function failure(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}

function isOfSystem(error: unknown): boolean {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string';
}
