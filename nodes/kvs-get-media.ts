import type { Node, NodeAPI, NodeDef } from 'node-red';
import type { GetMediaProperties } from '../src/options';
import { loadRuntime } from './runtime/load';
import type { MediaNode } from './runtime/media-node';
import { registerPreviewRoutes } from './runtime/preview-routes';

type KvsGetMediaDef = NodeDef & GetMediaProperties;

interface KvsGetMediaNode extends Node {
  media: MediaNode;
}

export = function registerKvsGetMedia(RED: NodeAPI): void {
  RED.nodes.registerType<KvsGetMediaNode, KvsGetMediaDef, object, object>(
    'kvs-get-media',
    function createKvsGetMedia(this: KvsGetMediaNode, definition: KvsGetMediaDef): void {
      RED.nodes.createNode(this, definition);
      const { Checkpoints, MediaNode, accountOf, contextStoreOf, portOf } = loadRuntime();
      const media = new MediaNode(
        portOf(this),
        definition,
        accountOf(typeof definition.config === 'string' ? RED.nodes.getNode(definition.config) : undefined),
        (store, tell) => new Checkpoints(this.id, contextStoreOf(this), store, tell),
      );
      this.media = media;
      const begin = (): void => {
        media.begin();
      };
      // Not before: until then the nodes that are to receive the first messages may not exist.
      RED.events.once('flows:started', begin);
      this.on('input', (msg, _send, done) => {
        media.handle(msg).then(() => {
          done();
        }, done);
      });
      this.on('close', (done: () => void) => {
        RED.events.removeListener('flows:started', begin);
        media.close().then(done, done);
      });
    },
  );
  registerPreviewRoutes(RED);
};
