/** Patterns of stream names, with `*` for any text. */

/** The patterns that a person typed, with commas between them. */
export function patternsOf(value: unknown): string[] {
  const typed = typeof value === 'string' ? value : '';
  return typed
    .split(',')
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== '');
}

/** Does the whole name match the pattern? Time grows at most with the length of the pattern times that of the name. */
export function matchesPattern(name: string, pattern: string): boolean {
  const [first = '', ...parts] = pattern.split('*');
  if (parts.length === 0) {
    return name === pattern;
  }
  const last = parts.pop() ?? '';
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) {
    return false;
  }
  const end = name.length - last.length;
  let at = first.length;
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end) {
      return false;
    }
    at = found + part.length;
  }
  return true;
}
