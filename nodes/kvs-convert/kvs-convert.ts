/** Registers kvs-convert, which makes other media of chunks. Loads what it does with the first node. */
import type { Node, NodeAPI, NodeDef } from 'node-red';
import type { ConvertProperties } from '../../src/options';
import type { ConvertMessage } from './convert-messages';
import type * as Runtime from './runtime';

type KvsConvertDef = NodeDef & ConvertProperties;

export = function registerKvsConvert(RED: NodeAPI): void {
  RED.nodes.registerType(
    'kvs-convert',
    function createKvsConvert(this: Node, definition: KvsConvertDef): void {
      RED.nodes.createNode(this, definition);
      const { ConvertNode, Words, handleInput } = require('./runtime') as typeof Runtime;
      const words = new Words((key) => RED._(key));
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
          words,
          clone: (msg: ConvertMessage) => RED.util.cloneMessage(msg),
        },
        definition,
      );
      converter.begin().catch((error: unknown) => {
        this.error(error);
      });
      handleInput(this, words, (msg, send) => converter.handle(msg, send));
      this.on('close', () => {
        converter.close();
      });
    },
  );
};
