/** True for a value that Node-RED replaces by an environment variable, whole: `${NAME}` or `$(NAME)`. */
export function isEnvironmentVariable(value: unknown): boolean {
  return typeof value === 'string' && /^\$(\{[A-Za-z_]\w*\}|\([A-Za-z_]\w*\))$/.test(value.trim());
}

/** What a numeric field's text is stored as: a number, or the text itself where it is none (`${NAME}`, a mistake). */
export function storedNumber(text: string): number | string {
  const trimmed = text.trim();
  return trimmed !== '' && Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
}

export function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}
