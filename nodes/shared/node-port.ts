/** A Node-RED node as the nodes of this package use it: where messages, errors, status and log lines go. */
import type { Node, NodeMessage, NodeStatus } from 'node-red';
import { processTurn } from '../../src/event-loop-turn';
import { Outbox } from './outbox';
import type { Words } from './words';

/** What a node that reads a stream needs of its Node-RED node. */
export interface NodePort {
  /** Whether someone is wired to receive media messages: else none has to be made. */
  takesMedia(): boolean;
  /** Sends a media message at once, after the frames that wait. */
  media(msg: NodeMessage): void;
  /** Sends a frame on the same output at the end of the turn of the event loop, or before anything else that is sent. */
  frame(msg: NodeMessage): void;
  /** Sends the frames that wait: to be called before the node is closed. */
  flush(): void;
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

/** The node's outputs, status and log. */
export function portOf(node: WiredNode, words: Words): NodePort {
  const outbox = new Outbox((msg) => {
    try {
      node.send(msg);
    } catch (error) {
      // At the end of a turn nothing but Node.js would take it, and end the process.
      node.error(error, msg);
    }
  }, processTurn);
  return {
    words,
    takesMedia: () => node.wires?.[0]?.length !== 0,
    media: (msg) => {
      outbox.flush();
      node.send(msg);
    },
    frame: (msg) => {
      outbox.add(msg);
    },
    flush: () => {
      outbox.flush();
    },
    error: (msg) => {
      outbox.flush();
      node.send([null, msg]);
    },
    status: (status) => {
      node.status(status);
    },
    raise: (error, msg: NodeMessage) => {
      outbox.flush();
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
