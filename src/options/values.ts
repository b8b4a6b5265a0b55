/** Reads the values of settings, which anyone may have written. */
import type { SettingsProblem } from './problem';

export function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';
}

/** Undefined where the value is blank. */
export function optionalText(value: unknown): string | undefined {
  return isBlank(value) ? undefined : text(value);
}

/** Environment variables arrive as text, so the words count as well as the values. */
export function flag(value: unknown): boolean {
  return value !== false && value !== 'false' && value !== 0 && value !== '0' && value !== '';
}

export function problemsIn(problems: readonly (SettingsProblem | undefined)[]): SettingsProblem[] {
  return problems.filter((problem) => problem !== undefined);
}
