/** The nodes' texts without a Node-RED: as `RED._` gives them. */
import type { NodeAPI } from 'node-red';
import { Words } from '../nodes/shared/words';
import { builtCatalogue, nodeTypes } from '../scripts/dialog';

/** The text of a key in any node's catalogue; the key itself where there is none, as i18next does. */
export function textOf(key: string, language = 'en-US'): string {
  for (const type of nodeTypes()) {
    const found = textOfNode(type, key, language);
    if (found !== key) {
      return found;
    }
  }
  return key;
}

/** The text of a key in the catalogue of one node, as that node gets it; likewise. */
function textOfNode(type: string, key: string, language = 'en-US'): string {
  let found: unknown = cached(type, language);
  for (const part of key.split('.')) {
    found =
      typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[part] : undefined;
  }
  return typeof found === 'string' ? found : key;
}

const known = new Map<string, object>();

function cached(type: string, language: string): object {
  const name = `${type} ${language}`;
  const texts = known.get(name) ?? (JSON.parse(builtCatalogue(type, language)) as object);
  known.set(name, texts);
  return texts;
}

/** The words of a language. */
export function wordsIn(language: string): Words {
  return new Words((key) => textOf(key, language));
}

export const english = wordsIn('en-US');

type Register = (RED: NodeAPI) => void;

/** A node with the texts of its own catalogue; the test helper's own `RED._` gives the key back. */
export function inEnglish(register: Register): Register {
  return (RED) => {
    let type = '';
    const registerType = (...registered: Parameters<NodeAPI['nodes']['registerType']>): void => {
      [type] = registered;
      RED.nodes.registerType(...registered);
    };
    const nodes = Object.assign(Object.create(RED.nodes) as NodeAPI['nodes'], { registerType });
    const _ = (key: string): string => textOfNode(type, key);
    register(Object.assign(Object.create(RED) as NodeAPI, { nodes, _ }));
  };
}
