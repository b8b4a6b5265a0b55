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
  const keyless = new Set<string>();
  RED.nodes.registerType<KvsConfigNode, KvsConfigDef, object, KvsCredentials>(
    'kvs-config',
    function createKvsConfig(definition): void {
      RED.nodes.createNode(this, definition);
      const { Account } = loadRuntime();
      this.account = new Account(definition, this.credentials, (id) => RED.nodes.getNode(id));
      if (this.account.problem?.kind === 'credentials') {
        keyless.add(this.id);
        this.on('close', () => keyless.delete(this.id));
      }
    },
    {
      settings: {
        // For the editor, which does not know the keys of a node before its dialog is opened. Node-RED reads the value
        // whenever an editor is loaded.
        kvsConfigKeyless: {
          get value() {
            return [...keyless];
          },
          exportable: true,
        },
      },
      credentials: {
        accessKeyId: { type: 'text' },
        secretAccessKey: { type: 'password' },
        sessionToken: { type: 'password' },
      },
    },
  );
  registerAdminRoutes(RED, loadRuntime);
};
