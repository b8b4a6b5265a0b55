/** Leaves out of an object what is undefined: where absent and undefined differ, an optional member is absent. */

type Defined<Fields> = {
  [Name in keyof Fields as undefined extends Fields[Name] ? never : Name]: Fields[Name];
} & {
  [Name in keyof Fields as undefined extends Fields[Name] ? Name : never]?: Exclude<Fields[Name], undefined>;
};

/** Copies the members that are not undefined, in their order. */
export function definedOnly<Fields extends object>(fields: Fields): Defined<Fields> {
  const defined: Record<string, unknown> = {};
  // No entries: several such objects are made for each chunk.
  for (const name of Object.keys(fields) as (keyof Fields & string)[]) {
    if (fields[name] !== undefined) {
      defined[name] = fields[name];
    }
  }
  return defined as Defined<Fields>;
}
