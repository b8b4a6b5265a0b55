/** Registers kvs-fleet, which reads many streams. Loads what it does with the first node. */
import type { Node, NodeAPI, NodeDef } from 'node-red';
import type { FleetProperties } from '../../src/options';
import { registerFleetRoutes } from './admin-routes';
import { FlowsStarted } from '../shared/flows-started';
import type * as Runtime from './runtime';

type KvsFleetDef = NodeDef & FleetProperties;

export = function registerKvsFleet(RED: NodeAPI): void {
  registerFleetRoutes(RED, () => require('./runtime') as typeof Runtime);
  const flows = new FlowsStarted(RED.events);
  const { contextStorage } = RED.settings as { readonly contextStorage?: unknown };
  RED.nodes.registerType('kvs-fleet', function createKvsFleet(this: Node, definition: KvsFleetDef): void {
    RED.nodes.createNode(this, definition);
    const { Checkpoints, FleetNode, MEMBER, Words, accountOf, nodeContextOf, fleetPortOf, handleInput } =
      require('./runtime') as typeof Runtime;
    const context = nodeContextOf(this, contextStorage);
    const words = new Words((key) => RED._(key));
    const fleet = new FleetNode(
      fleetPortOf(this, words),
      definition,
      accountOf(typeof definition.config === 'string' ? RED.nodes.getNode(definition.config) : undefined),
      MEMBER,
      (store, key, report) => new Checkpoints(this.id, context, store, report, undefined, key),
    );
    // Not before: until then the nodes that are to receive the first messages may not exist.
    const cancelBegin = flows.whenStarted(() => {
      fleet.begin();
    });
    handleInput(this, words, (msg) => fleet.handle(msg));
    this.on('close', (done: () => void) => {
      cancelBegin();
      fleet.close().then(done, done);
    });
  });
};
