import { createHash } from 'node:crypto';

/** So much of a secret is a leak. */
const LEAK_CHARACTERS = 14;

/** Parts of secrets as they may be spelled, in lower case. */
export function marksOf(secrets: readonly string[]): string[] {
  return secrets.flatMap((secret) => {
    const parts = [secret.slice(0, LEAK_CHARACTERS), secret.slice(-LEAK_CHARACTERS)];
    const encoded = [secret, `:${secret}`, `::${secret}`].map((text, i) =>
      // Whatever stands before it in a base64 text, one of these three spellings is within.
      Buffer.from(text)
        .toString('base64')
        .slice(4, 4 + LEAK_CHARACTERS + i),
    );
    return [
      ...parts,
      ...parts.map(encodeURIComponent),
      ...parts.map((part) => JSON.stringify(part).slice(1, -1)),
      ...encoded,
      Buffer.from(secret)
        .toString('hex')
        .slice(0, 2 * LEAK_CHARACTERS),
      createHash('sha256').update(secret).digest('hex'),
    ].map((mark) => mark.toLowerCase());
  });
}

/** The text in lower case as it is, and as one may read it who takes escapes, line ends and the like away. */
function readings(text: string): string[] {
  const found = [text.toLowerCase()];
  let plainer = text;
  for (let layers = 0; layers < 3; layers++) {
    plainer = plainer
      .replace(/\\u([\da-f]{4})|%([\da-f]{2})/gi, (_all, unit?: string, byte?: string) =>
        String.fromCharCode(parseInt(unit ?? byte ?? '', 16)),
      )
      .replace(/\\[nrt]/g, '')
      .replace(/\\(.)/g, '$1');
    found.push(bare(plainer.toLowerCase()));
  }
  return found;
}

function bare(text: string): string {
  return text.replace(/[\s+\u200b]/g, '');
}

/** What it has of a secret, or undefined. */
export function leakIn(text: string, marks: readonly string[]): string | undefined {
  for (const [layers, reading] of readings(text).entries()) {
    for (const mark of marks.map((each) => (layers === 0 ? each : bare(each)))) {
      const at = reading.indexOf(mark);
      if (at >= 0) {
        return reading.slice(Math.max(0, at - 200), at + mark.length + 50);
      }
    }
  }
  return undefined;
}
