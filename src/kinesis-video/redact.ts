const GONE = '[redacted]';

/** From here on, messages about signatures repeat the signed request, with its token. */
const ECHOED_REQUEST =
  /\s*(?:[,.;:(]\s*)?(?:The )?(?:canonical (?:string|request)|string[- ]to[- ]sign|authorization\s*[=:]|in authorization header|['"(]?AWS4-HMAC-SHA256)[^]*$/i;

const SECRET_SHAPES: readonly (readonly [RegExp, string])[] = [
  [/\b(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{8,}\b/g, GONE],
  [
    /((?:x-amz-)?(?:signature|credential|security-?token|session-?token|secret(?:-?access)?-?key|access-?key(?:-?id)?)["']?\s*[=:]\s*["']?)[^\s"'&,;<>]+/gi,
    `$1${GONE}`,
  ],
  // A key, a signature or a token may stand alone; digits alone are fragment numbers, and the rest belongs to ARNs.
  [
    /(?<![\w/+=-])(?!(?:stream|key|role|user|alias)\/)(?=[\w/+=-]*[a-zA-Z])(?=[\w/+=-]*\d)[A-Za-z0-9/+=]{40,}(?![\w/+=-])/g,
    GONE,
  ],
];

/** Shorter text is no secret of AWS's, and cutting it out would tear words apart. */
const SHORTEST_SECRET = 4;

/**
 * Cuts out what must not reach a message, a log or a status: the given secrets wherever they stand, and whatever
 * has the shape of an access key id, a signature, a credential scope or a token.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let safe = text;
  for (const secret of secrets) {
    if (secret.length >= SHORTEST_SECRET) {
      safe = safe.replaceAll(secret, GONE).replaceAll(encodeURIComponent(secret), GONE);
    }
  }
  safe = safe.replace(ECHOED_REQUEST, '');
  for (const [shape, replacement] of SECRET_SHAPES) {
    safe = safe.replace(shape, replacement);
  }
  return safe;
}

const LONGEST_QUOTE = 300;

/** Someone else's words as they may stand in one of our sentences: redacted, on one line, at most about 300 characters. */
export function quotable(text: string, secrets: readonly string[] = []): string {
  const line = redact(text.replace(/\s+/g, ' '), secrets).trim();
  return line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE - 1).trimEnd()}…` : line;
}
