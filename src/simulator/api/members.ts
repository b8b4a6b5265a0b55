/** Reads members of a request that stand for a choice or a number. */
import { invalidArgument, isAbsent } from './service-error';

/** A member that has one of some values. @throws {ServiceError} InvalidArgumentException */
export function choice<T extends string>(
  body: Readonly<Record<string, unknown>>,
  name: string,
  choices: readonly T[],
  byDefault?: T,
): T {
  const value = isAbsent(body[name]) ? byDefault : body[name];
  const chosen = choices.find((known) => known === value);
  if (chosen === undefined) {
    throw invalidArgument(`${name} must be one of ${choices.join(', ')}.`);
  }
  return chosen;
}

/** A member that is a whole number within limits. @throws {ServiceError} InvalidArgumentException */
export function count(
  body: Readonly<Record<string, unknown>>,
  name: string,
  least: number,
  most: number,
  byDefault?: number,
): number {
  const value = isAbsent(body[name]) ? byDefault : body[name];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw invalidArgument(`${name} must be from ${least} to ${most}.`);
  }
  return value;
}
