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
  // A signature, whatever it stands next to.
  [/[0-9a-f]{64,}/gi, GONE],
  // A key or a token may stand alone; digits alone are fragment numbers, and the rest belongs to ARNs.
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
  let safe = withoutGiven(text, secrets).replace(ECHOED_REQUEST, '');
  for (const [shape, replacement] of SECRET_SHAPES) {
    safe = safe.replace(shape, replacement);
  }
  return safe;
}

/** Cuts out the given secrets alone, for what may well have the shape of one, such as a request id. */
export function withoutGiven(text: string, secrets: readonly string[] = []): string {
  return secrets
    .filter(({ length }) => length >= SHORTEST_SECRET)
    .reduce((safe, secret) => withoutBeginning(safe.replace(anySpelling(secret), GONE), secret), text);
}

/** Of a secret in a text that was cut off in the midst of it. Fewer characters give nothing away. */
const SHORTEST_BEGINNING = 8;

function withoutBeginning(text: string, secret: string): string {
  const [lowerText, lowerSecret] = [text.toLowerCase(), secret.toLowerCase()];
  for (let length = secret.length - 1; length >= SHORTEST_BEGINNING; length--) {
    if (lowerText.endsWith(lowerSecret.slice(0, length))) {
      return text.slice(0, -length) + GONE;
    }
  }
  return text;
}

/** A secret as it may stand in a URL, in markup, in JSON or in a header that was put in lower case. */
function anySpelling(secret: string): RegExp {
  const spelled = Array.from(secret, (character) => {
    const hex = character.charCodeAt(0).toString(16).padStart(2, '0');
    const plain = `\\u{${hex}}`;
    return /[a-z0-9]/i.test(character) || character.charCodeAt(0) > 0x7f
      ? plain
      : `(?:\\\\?${plain}|%(?:25)?${hex}|&#(?:${character.charCodeAt(0)}|x${hex});|\\\\u00${hex})`;
  });
  return new RegExp(spelled.join(''), 'giu');
}

const LONGEST_QUOTE = 300;

/** Someone else's words as they may stand in one of our sentences: redacted, on one line, at most about 300 characters. */
export function quotable(text: string, secrets: readonly string[] = []): string {
  const line = redact(text.replace(/\s+/g, ' '), secrets).trim();
  return line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE - 1).trimEnd()}…` : line;
}
