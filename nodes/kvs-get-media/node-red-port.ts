import type { Node, NodeMessage } from 'node-red';
import type { ContextStore } from './checkpoints';
import { isLostAtRestart } from './context-stores';
import type { NodePort } from './media-node';

/** A node as Node-RED keeps it; the published types leave out where its outputs lead. */
interface WiredNode extends Node {
  readonly wires?: readonly (readonly string[])[];
}

/** The node's outputs, status and log. A media message that nobody is wired to receive is not even made. */
export function portOf(node: WiredNode): NodePort {
  return {
    media: (make) => {
      if (node.wires?.[0]?.length !== 0) {
        node.send(make());
      }
    },
    error: (msg) => {
      node.send([null, msg]);
    },
    status: (status) => {
      node.status(status);
    },
    raise: (error, msg: NodeMessage) => {
      node.error(error, msg);
    },
    warn: (text) => {
      node.warn(text);
    },
    log: (text) => {
      node.log(text);
    },
  };
}

/**
 * The node's own context. The published types know neither of the forms with a store that may be undefined.
 *
 * @param contextStorage the setting of Node-RED
 */
export function contextStoreOf(node: Node, contextStorage: unknown): ContextStore {
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
