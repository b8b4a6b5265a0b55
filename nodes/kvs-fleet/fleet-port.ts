/** The Node-RED node of a kvs-fleet, as its code uses it. */
import type { Node, NodeMessage } from 'node-red';
import { portOf, type NodePort } from '../shared/node-port';
import type { Words } from '../shared/words';

export interface FleetPort extends NodePort {
  /** Sends a message on the third output. */
  event(msg: NodeMessage): void;
}

export function fleetPortOf(node: Node, words: Words): FleetPort {
  const port = portOf(node, words);
  return {
    ...port,
    event: (msg) => {
      port.flush();
      node.send([null, null, msg]);
    },
  };
}
