/** Registers kvs-archive, which answers questions about stored media. Loads what it does with the first node. */
import type { Node, NodeAPI, NodeDef } from 'node-red';
import type { ArchiveProperties } from '../../src/options';
import { registerArchiveRoutes } from './admin-routes';
import type { ArchiveMessage } from './archive-message';
import type * as Runtime from './runtime';

type KvsArchiveDef = NodeDef & ArchiveProperties;

export = function registerKvsArchive(RED: NodeAPI): void {
  registerArchiveRoutes(RED, () => require('./runtime') as typeof Runtime);
  RED.nodes.registerType(
    'kvs-archive',
    function createKvsArchive(this: Node, definition: KvsArchiveDef): void {
      RED.nodes.createNode(this, definition);
      const { ArchiveNode, Words, accountOf, handleInput } = require('./runtime') as typeof Runtime;
      const words = new Words((key) => RED._(key));
      const archive = new ArchiveNode(
        {
          status: (status) => {
            this.status(status);
          },
          raise: (error, msg) => {
            this.error(error, msg);
          },
          words,
          clone: (msg: ArchiveMessage) => RED.util.cloneMessage(msg),
          evaluate: (value, type, msg) =>
            new Promise((resolve, reject) => {
              RED.util.evaluateNodeProperty(value, type, this, msg, (error, result: unknown) => {
                if (error) {
                  reject(error);
                } else {
                  resolve(result);
                }
              });
            }),
        },
        definition,
        accountOf(typeof definition.config === 'string' ? RED.nodes.getNode(definition.config) : undefined),
      );
      archive.begin();
      handleInput(this, words, (msg, send) => archive.handle(msg, send));
      this.on('close', () => {
        archive.close();
      });
    },
  );
};
