/** Registers kvs-get-media, which reads a stream. Loads what it does with the first node. */
import type { Node, NodeAPI, NodeDef } from 'node-red';
import type { GetMediaProperties } from '../../src/options';
import { memoryStores } from '../shared/checkpoints/context-store';
import { FlowsStarted } from '../shared/flows-started';
import type { GetMediaNode } from './get-media-node';
import type * as Runtime from './runtime';

type KvsGetMediaDef = NodeDef & GetMediaProperties;

interface KvsGetMediaNode extends Node {
  media: GetMediaNode;
}

export = function registerKvsGetMedia(RED: NodeAPI): void {
  const flows = new FlowsStarted(RED.events);
  const { contextStorage } = RED.settings as { readonly contextStorage?: unknown };
  RED.nodes.registerType<KvsGetMediaNode, KvsGetMediaDef, object, object>(
    'kvs-get-media',
    function createKvsGetMedia(this: KvsGetMediaNode, definition: KvsGetMediaDef): void {
      RED.nodes.createNode(this, definition);
      const { Checkpoints, GetMediaNode, Words, accountOf, nodeContextOf, handleInput, portOf } =
        require('./runtime') as typeof Runtime;
      const words = new Words((key) => RED._(key));
      const media = new GetMediaNode(
        portOf(this, words),
        definition,
        accountOf(typeof definition.config === 'string' ? RED.nodes.getNode(definition.config) : undefined),
        (store, report) => new Checkpoints(this.id, nodeContextOf(this, contextStorage), store, report),
      );
      this.media = media;
      // Not before: until then the nodes that are to receive the first messages may not exist.
      const cancelBegin = flows.whenStarted(() => {
        media.begin();
      });
      handleInput(this, words, (msg) => media.handle(msg));
      this.on('close', (done: () => void) => {
        cancelBegin();
        media.close().then(done, done);
      });
    },
    // For the dialog, which learns the names of the context stores from Node-RED, but not what they are.
    { settings: { kvsGetMediaMemoryStores: { value: memoryStores(contextStorage), exportable: true } } },
  );
};
