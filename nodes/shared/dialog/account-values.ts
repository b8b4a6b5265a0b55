/** The values of a config node as the editor has them, for questions that need no deploy. */
import { CONFIG_DEFAULTS } from '../../../src/options';
import { namedVariables, templateOf, variableName, type Place } from './editor-variables';

const KEYS = ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const;
/** What Node-RED's dialogs show for a password that was typed before. */
const KEPT = '__PWRD__';

export type AccountProperty = 'region' | keyof typeof CONFIG_DEFAULTS | (typeof KEYS)[number];

export const ACCOUNT_PROPERTIES: readonly AccountProperty[] = [
  'region',
  ...(Object.keys(CONFIG_DEFAULTS) as (keyof typeof CONFIG_DEFAULTS)[]),
  ...KEYS,
];

/**
 * The body of a question about an account: its values, and of the variables that they name those that the editor knows.
 *
 * @param node the config node
 * @param entered a value as it is in an open dialog; undefined: the node's own
 */
export function accountQuestion(
  node: EditorNode,
  entered: (property: AccountProperty) => unknown = () => undefined,
): Record<string, unknown> {
  const held = new Map<string, unknown>(Object.entries(node['credentials'] ?? {}));
  const values = ACCOUNT_PROPERTIES.map((property): [string, unknown] => {
    const isKey = KEYS.some((key) => key === property);
    const own = isKey ? heldKey(held, property) : node[property];
    const value = entered(property) ?? own;
    // A secret that was typed and not deployed yet is in the editor alone.
    return [property, isKey && value === KEPT ? own : value];
  });
  const place = placeOf(node);
  const template = templateOf(place);
  return {
    ...Object.fromEntries(values),
    id: node.id,
    ...place,
    ...(template?.instance === undefined ? {} : { instance: template.instance.id }),
    env: namedVariables(
      values.map(([, value]) => value),
      place,
    ),
  };
}

/** Whether the account is in the template of a subflow that has no instance, which its values wait for. */
export function lacksInstance(node: EditorNode, question: Readonly<Record<string, unknown>>): boolean {
  const template = templateOf(placeOf(node));
  const known: object = typeof question['env'] === 'object' ? (question['env'] ?? {}) : {};
  return (
    template !== undefined &&
    template.instance === undefined &&
    ACCOUNT_PROPERTIES.some((property) => {
      const name = variableName(question[property]);
      return name !== undefined && !(name in known);
    })
  );
}

function heldKey(held: ReadonlyMap<string, unknown>, property: string): unknown {
  return held.get(property) ?? (held.get(`has_${property}`) === true ? KEPT : undefined);
}

/** Where a node is in the editor. */
export function placeOf(node: EditorNode): Place {
  const { z, g } = node;
  return {
    ...(typeof z === 'string' && z !== '' ? { z } : {}),
    ...(typeof g === 'string' && g !== '' ? { g } : {}),
  };
}
