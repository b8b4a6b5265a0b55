/** A Node-RED node as the nodes of this package use it: where messages, errors, status and log lines go. */
import type { Node, NodeMessage, NodeStatus } from 'node-red';
import type { Words } from './words';

/** What a node that reads a stream needs of its Node-RED node. */
export interface NodePort {
  /** Sends the message that `make` returns, which is called only where someone receives it. */
  media(make: () => NodeMessage): void;
  error(msg: NodeMessage): void;
  status(status: NodeStatus): void;
  /** Raises an error that a Catch node can take, with the message of the error output. */
  raise(error: Error, msg: NodeMessage): void;
  warn(text: string): void;
  log(text: string): void;
  readonly words: Words;
}

/** A node as Node-RED keeps it; the published types leave out where its outputs lead. */
interface WiredNode extends Node {
  readonly wires?: readonly (readonly string[])[];
}

/** The node's outputs, status and log. A media message that nobody is wired to receive is not even made. */
export function portOf(node: WiredNode, words: Words): NodePort {
  return {
    words,
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
