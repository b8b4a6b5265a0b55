/** Receives the input messages of a node safely, also those that cannot be copied. */
import type { Node, NodeMessage } from 'node-red';
import type { Words } from './words';

type Send = (messages: NodeMessage | (NodeMessage | NodeMessage[] | null)[]) => void;

/**
 * Hands each input message to the node, and reports to Node-RED how that ended.
 *
 * Node-RED copies a message for Catch and Complete nodes, and throws where it holds what cannot be copied: a Proxy, a
 * member that throws when it is read, objects that are nested too deeply. Nothing would take that error in a promise, so
 * it would end the process. The error is then raised for a message with nothing
 * but its id.
 */
export function handleInput(
  node: Node,
  words: Words,
  handle: (msg: NodeMessage & Record<string, unknown>, send: Send) => Promise<void>,
): void {
  node.on('input', (msg, send, done) => {
    const { _msgid } = msg;
    handle(msg as NodeMessage & Record<string, unknown>, send)
      .then(() => {
        done();
      }, done)
      .catch(() => {
        node.error(words.text('input.unreadable'), { _msgid });
      });
  });
}
