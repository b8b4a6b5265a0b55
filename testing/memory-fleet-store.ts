/** A fleet's table in memory, whose calls take effect one after the other, at once. */
import { ConditionFailed, type Change, type Condition, type Item } from '../src/fleet';

export class MemoryFleetTable {
  readonly #items = new Map<string, Item>();

  /** @param written told every write */
  constructor(
    private readonly written: (before: Item | undefined, after: Item | undefined) => void = () => undefined,
  ) {}

  list(prefix: string): readonly Item[] {
    return [...this.#items.entries()]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, item]) => item);
  }

  get(key: string): Item | undefined {
    return this.#items.get(key);
  }

  update(key: string, { set, remove = [], condition }: Change): Item {
    const before = this.#check(key, condition);
    const kept = Object.entries(before ?? {}).filter(([name]) => !remove.includes(name));
    const after = { ...Object.fromEntries(kept), ...set, item: key };
    this.#items.set(key, after);
    this.written(before, after);
    return after;
  }

  delete(key: string, condition: Condition): void {
    const before = this.#check(key, condition);
    this.#items.delete(key);
    this.written(before, undefined);
  }

  #check(key: string, { equal = {}, absent = [] }: Condition): Item | undefined {
    const item = this.#items.get(key);
    const holds =
      Object.entries(equal).every(([name, value]) => item?.[name] === value) &&
      absent.every((name) => item?.[name] === undefined);
    if (!holds) {
      throw new ConditionFailed('The item is not as expected.');
    }
    return item;
  }
}
