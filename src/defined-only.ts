/** Leaves out of an object what is undefined: where absent and undefined differ, an optional member is absent. */

type Defined<Fields> = {
  [Name in keyof Fields as undefined extends Fields[Name] ? never : Name]: Fields[Name];
} & {
  [Name in keyof Fields as undefined extends Fields[Name] ? Name : never]?: Exclude<Fields[Name], undefined>;
};

/** Copies the members that are not undefined, in their order. */
export function definedOnly<Fields extends object>(fields: Fields): Defined<Fields> {
  const defined: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) {
      defined[name] = value;
    }
  }
  return defined as Defined<Fields>;
}
