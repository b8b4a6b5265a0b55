/** The environment variables of Node-RED as a config node sees them. */
import type { Node, NodeAPI } from 'node-red';

/** Where the config node is or will be, as a dialog says it. */
export interface Place {
  readonly id?: string | undefined;
  /** Id of the tab or subflow that the node belongs to; absent for a node that all flows share. */
  readonly z?: string | undefined;
  /** An instance of that subflow. */
  readonly instance?: string | undefined;
}

/** The deployed node of an id; of one in a subflow, that of the instance. */
export function deployedNode(RED: NodeAPI, { id = '', instance = '' }: Place): Node | undefined {
  // Null if there is no such node, although the types exclude it.
  const find = (each: string): Node | null => RED.nodes.getNode(each);
  return find(id) ?? find(`${instance}-${id}`) ?? undefined;
}

/**
 * The value of `${NAME}` or `$(NAME)` there: of the subflow's instance, the tab, the global variables or the process,
 * whichever has it first. Empty where nothing has.
 */
export function variableAt(RED: NodeAPI, place: Place): (reference: string) => unknown {
  const node = deployedNode(RED, place) ?? neighbour(RED, place);
  // Without a node it is the process's variable, whatever the types say.
  const from: unknown = node;
  return (reference) =>
    RED.util.evaluateNodeProperty(`\${${reference.slice(2, -1)}}`, 'env', from as never, {}) as unknown;
}

/** A deployed node at the same place, which sees the same variables. */
function neighbour(RED: NodeAPI, { z, instance }: Place): Node | undefined {
  let found: Node | undefined;
  RED.nodes.eachNode((definition) => {
    const { id, type } = definition;
    const isThere = 'z' in definition && definition.z !== '' ? definition.z === z : z === undefined;
    if (found === undefined && isThere && !/^(tab|group|subflow)$/.test(type)) {
      found = deployedNode(RED, { id: instance === undefined ? id : `${instance}-${id}` });
    }
  });
  return found;
}
