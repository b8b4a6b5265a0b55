/** Registers kvs-convert, which makes other media of chunks. Loads what it does with the first node. */
import type { Node, NodeAPI, NodeDef } from 'node-red';
import type { ConvertProperties } from '../../src/options';
import type { ConvertMessage } from './convert-messages';
import type { ConvertSend } from './convert-node';
import type * as Runtime from './runtime';

type KvsConvertDef = NodeDef & ConvertProperties;

export = function registerKvsConvert(RED: NodeAPI): void {
  RED.nodes.registerType(
    'kvs-convert',
    function createKvsConvert(this: Node, definition: KvsConvertDef): void {
      RED.nodes.createNode(this, definition);
      const { ConvertNode, Words } = require('./runtime') as typeof Runtime;
      const converter = new ConvertNode(
        {
          status: (status) => {
            this.status(status);
          },
          warn: (text) => {
            this.warn(text);
          },
          log: (text) => {
            this.log(text);
          },
          words: new Words((key) => RED._(key)),
          clone: (msg: ConvertMessage) => RED.util.cloneMessage(msg),
        },
        definition,
      );
      converter.begin().catch((error: unknown) => {
        this.error(error);
      });
      this.on('input', (msg, send, done) => {
        converter.handle(msg, send as ConvertSend).then(() => {
          done();
        }, done);
      });
      this.on('close', () => {
        converter.close();
      });
    },
  );
};
