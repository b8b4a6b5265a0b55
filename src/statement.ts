/** What a sentence says, without its words: whoever shows it finds them in the reader's language. */

/**
 * The statements of a folder: for each key the names of its values. Names that end in `Ms` are durations in ms, in
 * `Bytes` sizes, and `from` and `to` are times in ms since the epoch.
 */
export type StatementTable = Readonly<Record<string, readonly string[]>>;

/** A value, or a clause within the sentence. */
export type StatementValue = string | number | Statement;

/** One sentence as data. Its key and the names of its values are those of a `StatementTable`. */
export interface Statement {
  readonly key: string;
  readonly data: Readonly<Record<string, StatementValue>>;
}

/** Makes the function that creates the statements of a table, each with the values that the table names. */
export function statementsOf<Table extends StatementTable>(): <Key extends keyof Table & string>(
  key: Key,
  data: Readonly<Record<Table[Key][number], StatementValue>>,
) => Statement {
  return (key, data) => ({ key, data });
}
