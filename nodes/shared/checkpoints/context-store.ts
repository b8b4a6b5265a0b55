/** The context stores of Node-RED: reads and writes a node's own part of them, and tells which are lost at a restart. */
import type { Node } from 'node-red';
import { isRecord } from '../../../src/is-record';

/** The part of a node's context that is used. Calls back with an error, or without. */
export interface NodeContext {
  get(key: string, store: string | undefined, done: (error: unknown, value?: unknown) => void): void;
  set(key: string, value: unknown, store: string | undefined, done: (error: unknown) => void): void;
  /** Whether the store is known to lose what it has when Node-RED ends. */
  isLostAtRestart?(store: string | undefined): boolean;
}

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

/**
 * The node's own context. The published types know neither of the forms with a store that may be undefined.
 *
 * @param contextStorage the setting of Node-RED
 */
export function nodeContextOf(node: Node, contextStorage: unknown): NodeContext {
  const context = node.context();
  return {
    get: (key, store, done) => {
      context.get(key, store, done);
    },
    set: (key, value, store, done) => {
      context.set(key, value, store, done);
    },
    isLostAtRestart: (store) => isLostAtRestart(contextStorage, store),
  };
}
