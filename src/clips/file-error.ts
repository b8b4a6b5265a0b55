/** Why a file cannot be written. */

/** What the system says, as far as a person can do something about it. */
export type FileReason = 'full' | 'noFolder' | 'denied' | 'isFolder' | 'name' | 'other';

const REASONS: Readonly<Record<string, FileReason>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  ENOENT: 'noFolder',
  ENOTDIR: 'noFolder',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  EISDIR: 'isFolder',
  ENAMETOOLONG: 'name',
  EINVAL: 'name',
  ELOOP: 'name',
};

export class FileError extends Error {
  override readonly name = 'FileError';
  readonly reason: FileReason;
  /** The system's name of the error, such as `ENOSPC`. */
  readonly code: string;

  constructor(
    readonly path: string,
    error: unknown,
  ) {
    const { code = 'EUNKNOWN', message } = error as NodeJS.ErrnoException;
    super(message);
    this.code = code;
    this.reason = REASONS[code] ?? 'other';
  }
}
