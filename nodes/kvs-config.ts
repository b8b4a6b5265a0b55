import type { NodeAPI } from 'node-red';
import { registerAdminRoutes } from './runtime/admin-routes';
import type { KvsConfigDef, KvsConfigNode, KvsCredentials } from './runtime/config-node';
import { loadRuntime } from './runtime/load';

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
  registerAdminRoutes(RED);
};
