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

const FALSE_WORDS: readonly unknown[] = ['false', 'no', 'off', '0', ''];

/** Environment variables arrive as text, in any case, so the words count as well as the values. */
export function flag(value: unknown): boolean {
  return typeof value === 'string'
    ? !FALSE_WORDS.includes(value.trim().toLowerCase())
    : value !== false && value !== 0;
}

export function problemsIn(problems: readonly (SettingsProblem | undefined)[]): SettingsProblem[] {
  return problems.filter((problem) => problem !== undefined);
}
