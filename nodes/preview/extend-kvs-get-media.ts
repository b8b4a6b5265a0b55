/** Adds the live preview to kvs-get-media, which knows nothing of it: the build loads this with the node's entry. */
import type { NodeAPI } from 'node-red';
import { registerPreviewRoutes } from './admin-routes';

export = function extendKvsGetMedia(RED: NodeAPI): void {
  registerPreviewRoutes(RED);
};
