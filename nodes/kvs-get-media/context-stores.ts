/** Node-RED's `contextStorage` setting: stores by name. */
type ContextStorage = Readonly<Record<string, unknown>>;

/** The name of the default store where settings.js names none. */
const UNNAMED = 'memory';

/**
 * The context stores that lose what they have when Node-RED ends: those of its module `memory`. The empty name is that
 * of the default store, where it is one of them.
 *
 * @param contextStorage as settings.js has it
 */
export function memoryStores(contextStorage: unknown): string[] {
  const stores = isRecord(contextStorage) ? contextStorage : {};
  const names = Object.keys(stores).filter((name) => name !== '_');
  if (names.length === 0) {
    return ['', UNNAMED];
  }
  const inMemory = names.filter((name) => isMemory(stores[resolveAlias(stores, name)]));
  const first = names.includes('default') ? 'default' : names[0];
  return inMemory.some((name) => name === first) ? ['', ...inMemory] : inMemory;
}

/**
 * Whether what is kept in the store is lost when Node-RED ends. A name that Node-RED does not know means the default
 * store.
 */
export function isLostAtRestart(contextStorage: unknown, store = ''): boolean {
  const known = isRecord(contextStorage) && Object.hasOwn(contextStorage, store);
  return memoryStores(contextStorage).includes(known ? store : '');
}

function resolveAlias(stores: ContextStorage, name: string): string {
  const target = stores[name];
  return name === 'default' && typeof target === 'string' ? target : name;
}

function isMemory(store: unknown): boolean {
  return isRecord(store) && store['module'] === 'memory';
}

function isRecord(value: unknown): value is ContextStorage {
  return typeof value === 'object' && value !== null;
}
