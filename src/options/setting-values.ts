/** Reads the values of settings, which anyone may have written. */
import type { SettingsProblem } from './problem';

export function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';
}

/** Text of a message, unless it is far longer than it can be: even to look through 100 MB takes a second. */
export function shortText(value: unknown, longest = 2_048): string | undefined {
  return typeof value === 'string' && value.length <= longest ? value : undefined;
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

export interface NumberLimits {
  /** Inclusive. */
  readonly min: number;
  /** Inclusive. */
  readonly max: number;
  readonly integer?: boolean;
}

export function outsideLimits<Property extends string>(
  property: Property,
  value: unknown,
  { min, max, integer = false }: NumberLimits,
): (SettingsProblem & { readonly property: Property }) | undefined {
  const number = isBlank(value) ? NaN : Number(value);
  if (!Number.isFinite(number)) {
    return { property, key: 'notANumber' };
  }
  if (integer && !Number.isInteger(number)) {
    return { property, key: 'notAnInteger' };
  }
  return number < min || number > max ? { property, key: 'outOfRange' } : undefined;
}

/** @param known the version of the node's settings that this code writes */
export function versionProblem(
  version: unknown,
  known: number,
): (SettingsProblem & { readonly property: 'version' }) | undefined {
  return Number(version) > known ? { property: 'version', key: 'newerVersion' } : undefined;
}

export function problemsIn(problems: readonly (SettingsProblem | undefined)[]): SettingsProblem[] {
  return problems.filter((problem) => problem !== undefined);
}
