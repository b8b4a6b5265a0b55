/** Cuts secrets out of text that is shown. */
import { printable } from '../printable';
import { findSecrets } from './given-secrets';

const GONE = '[redacted]';

/** From here on, messages about signatures repeat the signed request, with its token. */
const ECHOED_REQUEST =
  /(?:The )?(?:canonical (?:string|request)|string[- ]to[- ]sign|authorization\s*[=:]|in authorization header|['"(]?AWS4-HMAC-SHA256)/i;

const SECRET_SHAPES: readonly (readonly [RegExp, string])[] = [
  [/\b(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{8,}\b/g, GONE],
  [
    /((?:x-amz-)?(?:signature|credential|security-?token|session-?token|secret(?:-?access)?-?key|access-?key(?:-?id)?)["']?\s*[=:]\s*["']?)[^\s"'&,;<>]+/gi,
    `$1${GONE}`,
  ],
  // A signature, whatever it stands next to.
  [/[0-9a-f]{64,}/gi, GONE],
  // A key or a token may stand alone; digits alone are fragment numbers, and the rest belongs to ARNs.
  [
    /(?<![\w/+=-])(?!(?:stream|key|role|user|alias)\/)(?=[\w/+=-]*[a-zA-Z])(?=[\w/+=-]*\d)[A-Za-z0-9/+=]{40,}(?![\w/+=-])/g,
    GONE,
  ],
];

/**
 * Cuts out what must not reach a message, a log or a status: the given secrets wherever they stand, and whatever
 * has the shape of an access key id, a signature, a credential scope or a token.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let safe = withoutEcho(withoutGiven(text, secrets));
  for (const [shape, replacement] of SECRET_SHAPES) {
    safe = safe.replace(shape, replacement);
  }
  return safe;
}

/** Cuts out the given secrets and signatures alone, for what may well have the shape of one, such as a request id. */
export function withoutGiven(text: string, secrets: readonly string[] = []): string {
  let safe = '';
  let from = 0;
  for (const { start, end } of findSecrets(text, secrets)) {
    safe += text.slice(from, start) + GONE;
    from = end;
  }
  return safe + text.slice(from);
}

/** Without the punctuation before the echo, too. */
function withoutEcho(text: string): string {
  const at = text.search(ECHOED_REQUEST);
  return at < 0
    ? text
    : text
        .slice(0, at)
        .trimEnd()
        .replace(/[,.;:(]$/, '')
        .trimEnd();
}

const LONGEST_QUOTE = 300;
/** What is shown comes from within so many characters. */
const LONGEST_READ = 8192;

/** Someone else's words as they may stand in one of our sentences: redacted, printable, on one line, at most about 300 characters. */
export function quotable(text: string, secrets: readonly string[] = []): string {
  const line = printable(redact(text.replace(/\s+/g, ' ').slice(0, LONGEST_READ), secrets)).trim();
  return line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE - 1).trimEnd()}…` : line;
}

/** What an unforeseen error says, as it may stand in one of our sentences: see `quotable`. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error) {
    return quotable(error.message);
  }
  return typeof error === 'string' ? quotable(error) : 'a value that is not an error was thrown';
}
