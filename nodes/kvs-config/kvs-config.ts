/** Registers kvs-config, the account that other nodes use, and its admin routes. Loads what it does when that is needed. */
import type { NodeAPI } from 'node-red';
import { registerAdminRoutes } from './admin-routes';
import type { KvsConfigDef, KvsConfigNode, KvsCredentials } from '../shared/account';
import type * as Runtime from './runtime';

/** Not before it is needed: a Node-RED that has the package but none of its nodes starts as fast as one without it. */
function loadRuntime(): typeof Runtime {
  return require('./runtime') as typeof Runtime;
}

export = function registerKvsConfig(RED: NodeAPI): void {
  RED.nodes.registerType<KvsConfigNode, KvsConfigDef, object, KvsCredentials>(
    'kvs-config',
    function createKvsConfig(definition): void {
      RED.nodes.createNode(this, definition);
      const { Account } = loadRuntime();
      this.account = new Account(definition, this.credentials, (id) => RED.nodes.getNode(id));
    },
    {
      credentials: {
        accessKeyId: { type: 'text' },
        secretAccessKey: { type: 'password' },
        sessionToken: { type: 'password' },
      },
    },
  );
  registerAdminRoutes(RED, loadRuntime);
};
