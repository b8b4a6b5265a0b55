/** The field `config`, by which a node names its account. */
import type { Dialog } from './dialog-fields';
import { isEnvironmentVariable } from './field-values';
import type { FieldProblem } from './problem-text';

/** What is wrong with the chosen config node, as far as the editor knows. */
export function configProblem(id: unknown): FieldProblem | undefined {
  const config = typeof id === 'string' && id !== '' ? RED.nodes.node(id) : undefined;
  if (!config) {
    return { property: 'config', key: 'missing' };
  }
  // The editor's own mark of a disabled node.
  if (config['d'] === true) {
    return { property: 'config', key: 'disabledConfig' };
  }
  return config.valid === false ? { property: 'config', key: 'invalidConfig' } : undefined;
}

/** The chosen config node's region, where it is written out. */
export function regionOf(node: EditorNode, dialog: Dialog): string | undefined {
  const id = dialog.current(node, 'config');
  const region = typeof id === 'string' ? RED.nodes.node(id)?.['region'] : undefined;
  return typeof region === 'string' && region !== '' && !isEnvironmentVariable(region) ? region : undefined;
}
