/** What the values of dialog fields mean: environment variables, numbers, colours. */

/** True for a value that Node-RED replaces by an environment variable, whole: `${NAME}` or `$(NAME)`. */
export function isEnvironmentVariable(value: unknown): boolean {
  return typeof value === 'string' && /^\$(\{[A-Za-z_]\w*\}|\([A-Za-z_]\w*\))$/.test(value.trim());
}

/** What a numeric field's text is stored as: a number, or the text itself if it is not a number (`${NAME}`, a mistake). */
export function storedNumber(text: string): number | string {
  const trimmed = text.trim();
  return trimmed !== '' && Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
}

/** Whether a computed colour, `rgb(r, g, b)`, is nearer to white than to black. */
export function isLight(color: string): boolean {
  const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map(Number);
  // Weights of ITU-R BT.601.
  return 0.299 * red + 0.587 * green + 0.114 * blue > 127.5;
}
