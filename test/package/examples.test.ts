import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigProperties, ConvertProperties, GetMediaProperties } from '../../src/options';
import { checkConfig, checkConvert, checkGetMedia } from '../../src/options';
import { loadDefinition } from '../nodes/definition';
import type { FlowNode } from '../../testing/node-red';
import { REPOSITORY } from '../../testing/node-red';
import { read } from './built';

const CORE_TYPES = [
  ...['tab', 'comment', 'inject', 'debug', 'catch', 'change', 'switch', 'function', 'delay', 'file'],
  ...['http request', 'http in', 'http response', 'file in', 'trigger'],
];
const OWN_TYPES = ['kvs-config', 'kvs-get-media', 'kvs-convert'] as const;
/** Of other packages, in the one example that says so in its name. */
const OTHER_TYPES = ['mp4frag', 'ui-template', 'ui-group', 'ui-page', 'ui-base', 'ui-theme'];
/** What Node-RED itself adds to a node of a flow, and to a config node. */
const PLACED = ['id', 'type', 'z', 'x', 'y', 'wires'];
const CONFIGURED = ['id', 'type'];

const FILES = readdirSync(join(REPOSITORY, 'examples')).sort();

it('has the ten examples', () => {
  assert.deepEqual(FILES, [
    '1-first-stream.json',
    '2-errors-and-alerts.json',
    '3-chunks-to-files.json',
    '4-start-and-stop-by-message.json',
    '5-acknowledged-processing.json',
    '6-frames-to-an-image-service.json',
    '7-files-that-play.json',
    '8-connect-call-to-wav.json',
    '9-pictures-to-a-service.json',
    'needs-other-nodes-mp4frag-and-dashboard.json',
  ]);
});

for (const file of FILES) {
  describe(`the example ${file}`, () => {
    const nodes = JSON.parse(read(`examples/${file}`)) as FlowNode[];
    const ofType = (type: string): FlowNode[] => nodes.filter((node) => node.type === type);

    it('is a flow that begins with a comment and needs no other package', () => {
      assert.ok(Array.isArray(nodes));
      assert.equal(nodes[0]?.type, 'comment');
      const others = file.startsWith('needs-other-nodes-') ? OTHER_TYPES : [];
      const strange = nodes.filter(({ type }) => ![...CORE_TYPES, ...OWN_TYPES, ...others].includes(type));
      assert.deepEqual(strange, []);
      assert.ok(ofType('kvs-get-media').length > 0);
    });

    it('has exactly the properties of its nodes, with values that the run time takes', () => {
      for (const type of OWN_TYPES) {
        const properties = Object.keys(loadDefinition(type).defaults);
        const others = type === 'kvs-config' ? CONFIGURED : PLACED;
        for (const node of ofType(type)) {
          assert.deepEqual(Object.keys(node).sort(), [...properties, ...others].sort());
        }
      }
      for (const config of ofType('kvs-config')) {
        assert.ok('settings' in checkConfig(config as ConfigProperties));
      }
      for (const converter of ofType('kvs-convert')) {
        assert.ok('settings' in checkConvert(converter as ConvertProperties));
      }
      for (const media of ofType('kvs-get-media')) {
        const config = nodes.find(({ id }) => id === media['config']);
        assert.equal(config?.type, 'kvs-config');
        assert.ok('settings' in checkGetMedia(media as GetMediaProperties, String(config['region'])));
      }
    });

    it('is for the simulator as it starts without options', () => {
      for (const config of ofType('kvs-config')) {
        assert.deepEqual(
          [config['endpoint'], config['region'], config['auth']],
          ['http://127.0.0.1:4567', 'us-west-2', 'keys'],
        );
      }
      assert.deepEqual([...new Set(ofType('kvs-get-media').map((node) => node['stream']))], ['demo']);
      assert.match(String(nodes[0]?.['info']), /`simulator` as access key ID/);
    });

    it('wires both outputs, and only to nodes that are there', () => {
      const ids = new Set(nodes.map(({ id }) => id));
      assert.equal(ids.size, nodes.length);
      for (const { wires } of nodes as (FlowNode & { wires?: string[][] })[]) {
        assert.deepEqual(
          (wires ?? []).flat().filter((id) => !ids.has(id)),
          [],
        );
      }
      for (const { wires } of [...ofType('kvs-get-media'), ...ofType('kvs-convert')] as (FlowNode & {
        wires: string[][];
      })[]) {
        assert.deepEqual(
          wires.map((port) => port.length > 0),
          [true, true],
        );
      }
    });
  });
}
