/** What keeps a fleet's items: a table with conditional writes of single items. */

export type Value = string | number;

/** An item's attributes by name. `item` is its key within the fleet. Null: of a type that members never write. */
export type Item = Readonly<Record<string, Value | null>>;

/** What must hold of an item for it to be written: all of it. */
export interface Condition {
  /** Attributes that have these values. */
  readonly equal?: Readonly<Record<string, Value>>;
  /** Attributes that are not there. An item that is not there has none, not even `item`. */
  readonly absent?: readonly string[];
}

/** A write of single attributes; the others stay as they are. */
export interface Change {
  readonly set?: Readonly<Record<string, Value>>;
  readonly remove?: readonly string[];
  readonly condition: Condition;
}

/** The condition did not hold, so nothing was written. Any other error says nothing about what was written. */
export class ConditionFailed extends Error {
  override readonly name = 'ConditionFailed';
}

/**
 * The items of one fleet. Reads see every write that was confirmed before they began. Each call resolves or rejects
 * within a time that is short beside a lease. A write that was given up may still take place later.
 */
export interface FleetStore {
  /** The items whose keys begin with the prefix, ordered by key. */
  list(prefix: string): Promise<readonly Item[]>;
  get(key: string): Promise<Item | undefined>;
  /**
   * Writes to an item, and makes it where it is not there.
   *
   * @returns the item as it is now
   * @throws ConditionFailed
   */
  update(key: string, change: Change): Promise<Item>;
  /** @throws ConditionFailed */
  delete(key: string, condition: Condition): Promise<void>;
}
