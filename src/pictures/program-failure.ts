/** Says why a program made no picture, by what the system and the program itself told of it. */
import type { Statement } from '../statement';
import { decoderStatement } from './decoder-statements';

/** How a program ended. */
export interface ProgramEnd {
  /** Null where a signal ended it, or it never began. */
  readonly exitCode: number | null;
  /** The name of the signal that ended it. */
  readonly signal: NodeJS.Signals | null;
  /** The beginning of what it wrote to its standard error. */
  readonly complaint: string;
}

const NO_RESOURCES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM']);

/** How ffmpeg says that a codec, a filter or a format was left out when it was built. */
const UNSUPPORTED =
  /no (?:de|en)coder found|(?:De|En)coder not found|Unknown (?:de|en)coder|Unknown (?:input|output) format|No such filter|(?:De|En)coder \(codec [^)]*\) not found/i;

/** Of a program that could not be started. @param error of the system */
export function startFailure(error: unknown): Statement {
  const code = codeOf(error);
  if (code === 'ENOENT') {
    return decoderStatement('decoder.gone', {});
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return decoderStatement('decoder.notAllowed', { code });
  }
  return decoderStatement(NO_RESOURCES.has(code) ? 'decoder.noResources' : 'decoder.notStarted', { code });
}

/** Of a program that ended by itself, or by a signal from elsewhere, without the picture. */
export function endFailure({ exitCode, signal, complaint }: ProgramEnd): Statement {
  if (signal !== null) {
    return decoderStatement('decoder.killed', { signal });
  }
  if (exitCode === 0 || exitCode === null) {
    return decoderStatement('decoder.noPicture', {});
  }
  return UNSUPPORTED.test(complaint)
    ? decoderStatement('decoder.unsupported', {})
    : decoderStatement('decoder.exited', { exitCode });
}

/** Adds the words of a program, which are in a language of its own. */
export function withDetails(why: Statement, words: string): Statement {
  const details = words.trim().replace(/\s+/g, ' ');
  return details === '' ? why : decoderStatement('decoder.details', { why, details });
}

function codeOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return code ?? 'UNKNOWN';
}
