/** Helpers for plain objects, for every folder: pure, without types of Node.js or the DOM. */

/** `T` without the members that are undefined: a member that may be undefined is optional instead. */
export type DefinedOnly<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** A copy without the members that are undefined, for types whose optional members must not hold undefined. */
export function definedOnly<T extends object>(members: T): DefinedOnly<T> {
  const defined = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as DefinedOnly<T>;
}

/** Whether the value is an object whose members can be read, arrays included. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
