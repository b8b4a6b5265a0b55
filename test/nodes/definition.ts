/** A dialog's definition, as the built page hands it to Node-RED, without a browser. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { bundledScript, nodeTypes } from '../../scripts/dialog';
import { REPOSITORY } from '../../testing/node-red';

/** Those that have a folder. */
export const NODE_TYPES = nodeTypes();

type Validate = (this: object, value: unknown, options: object) => true | string;

export interface Property {
  readonly value?: unknown;
  readonly type?: string;
  readonly validate?: Validate;
}

export interface Definition {
  readonly defaults: Readonly<Record<string, Property>>;
  readonly credentials?: Readonly<Record<string, Property>>;
  readonly label: (this: object) => string;
  readonly labelStyle: (this: object) => string;
  readonly outputLabels?: (this: object, index: number) => string;
  readonly inputLabels?: (this: object, index: number) => string;
}

/** @param nodes the nodes that the editor knows, by id */
export function loadDefinition(type: string, nodes: Readonly<Record<string, object>> = {}): Definition {
  const registered = new Map<string, Definition>();
  const RED = {
    nodes: {
      registerType: (name: string, definition: Definition) => registered.set(name, definition),
      node: (id: string) => nodes[id],
    },
    settings: {},
  };
  runInNewContext(bundledScript(`${type}/dialog/dialog`), { RED, URL });
  const definition = registered.get(type);
  if (definition === undefined) {
    throw new Error(`The dialog script registers no ${type}.`);
  }
  return definition;
}

/** A catalogue, flat: dotted key to text. @param folder a node type, or `shared` */
export function catalogue(language: string, folder: string): ReadonlyMap<string, string> {
  const path = join(REPOSITORY, 'nodes', folder, 'locales', `${language}.json`);
  return new Map(flattened(JSON.parse(fs.readFileSync(path, 'utf8')), ''));
}

function flattened(value: unknown, key: string): [string, string][] {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, inner]) => flattened(inner, key === '' ? name : `${key}.${name}`))
    : [[key, String(value)]];
}

/** A node whose texts come from the English catalogue as i18next would give them; `asked` collects the keys. */
export function nodeOf(
  type: string,
  properties: Readonly<Record<string, unknown>> = {},
  asked = new Set<string>(),
): object {
  const texts = catalogue('en-US', type);
  return {
    id: 'n1',
    type,
    ...properties,
    _: (key: string, values: Readonly<Record<string, unknown>> = {}) => {
      asked.add(key);
      return (texts.get(key) ?? key).replace(/__(\w+)__/g, (_all, name: string) => String(values[name]));
    },
  };
}

/** What the editor would say of a property's value. */
export function judged(
  definition: Definition,
  node: object,
  property: string,
  value: unknown,
): true | string | undefined {
  const found = definition.defaults[property] ?? definition.credentials?.[property];
  return found?.validate?.call(node, value, {});
}
