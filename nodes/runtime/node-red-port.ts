import type { Node, NodeMessage } from 'node-red';
import type { ContextStore } from './checkpoints';
import type { NodePort } from './media-node';

/** The node's outputs, status and log. */
export function portOf(node: Node): NodePort {
  return {
    media: (msg) => {
      node.send([msg, null]);
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

/** The node's own context. The published types know neither of the forms with a store that may be undefined. */
export function contextStoreOf(node: Node): ContextStore {
  const context = node.context();
  return {
    get: (key, store, done) => {
      context.get(key, store, done);
    },
    set: (key, value, store, done) => {
      context.set(key, value, store, done);
    },
  };
}
