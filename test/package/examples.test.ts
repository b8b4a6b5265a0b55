import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type {
  ArchiveProperties,
  ConfigProperties,
  ConvertProperties,
  FleetProperties,
  GetMediaProperties,
} from '../../src/options';
import { checkArchive, checkConfig, checkConvert, checkFleet, checkGetMedia } from '../../src/options';
import { reactTo } from '../../src/session/retry-policy';
import { loadDefinition } from '../nodes/definition';
import type { FlowNode } from '../../testing/node-red';
import { REPOSITORY } from '../../testing/node-red';
import { LISTED, read } from './built';

const CORE_TYPES = [
  ...['tab', 'comment', 'inject', 'debug', 'catch', 'change', 'switch', 'function', 'delay', 'file'],
  ...['http request', 'http in', 'http response', 'file in', 'trigger'],
  ...['mqtt in', 'mqtt out', 'mqtt-broker', 'status'],
];
const OWN_TYPES = LISTED.map(({ type }) => type);
/** Of other packages, in the one example that says so in its name. */
const OTHER_TYPES = ['mp4frag', 'ui-template', 'ui-group', 'ui-page', 'ui-base', 'ui-theme'];
/** What Node-RED itself adds to a node of a flow, and to a config node. */
const PLACED = ['id', 'type', 'z', 'x', 'y', 'wires'];
const CONFIGURED = ['id', 'type'];

const FILES = readdirSync(join(REPOSITORY, 'examples')).sort();

it('has the twenty examples', () => {
  assert.deepEqual(FILES, [
    '1-first-stream.json',
    '10-what-is-stored.json',
    '11-back-fill-after-an-outage.json',
    '12-many-cameras-to-files.json',
    '13-clip-on-motion.json',
    '14-picture-at-each-alarm.json',
    '15-pictures-of-last-night.json',
    '16-pictures-to-a-detector.json',
    '17-calls-to-text.json',
    '18-hourly-files-to-s3.json',
    '19-silent-camera.json',
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

/** The nodes that read a stream. */
const readersIn = (nodes: readonly FlowNode[]): FlowNode[] =>
  nodes.filter(({ type }) => ['kvs-get-media', 'kvs-archive', 'kvs-fleet'].includes(type));

const flow = (file: string): FlowNode[] => JSON.parse(read(`examples/${file}`)) as FlowNode[];

describe('the examples, imported together', () => {
  it('share one account: the editor keeps config nodes that are equal', () => {
    const accounts = FILES.flatMap((file) => flow(file).filter(({ type }) => type === 'kvs-config'));
    assert.equal(accounts.length, FILES.length);
    assert.deepEqual(
      accounts.filter((account) => !isDeepStrictEqual(account, accounts[0])),
      [],
    );
  });

  it('do not compete for the three connections of the stream: only the first starts when it is deployed', () => {
    const starting = FILES.filter((file) => flow(file).some((node) => node['autoStart'] === true));
    assert.deepEqual(starting, ['1-first-stream.json']);
  });

  it('have no node id twice but the account’s', () => {
    const ids = FILES.flatMap((file) => flow(file).map(({ id }) => id));
    const account = flow('1-first-stream.json').find(({ type }) => type === 'kvs-config')?.id;
    assert.deepEqual(
      ids.filter((id, index) => id !== account && ids.indexOf(id) !== index),
      [],
    );
  });

  it('2-errors-and-alerts says how long it takes until the alert', () => {
    const info = String(flow('2-errors-and-alerts.json')[0]?.['info']);
    const third = (errorClass: 'refused' | 'transient', chance: number): number =>
      [1, 2].reduce((ms, n) => {
        const reaction = reactTo(errorClass, { inRow: n, sameClass: n }, true, () => chance);
        return ms + (reaction.action === 'retry' ? reaction.retryInMs : NaN);
      }, 0);
    const minutes = [third('refused', 0), third('refused', 1)].map((ms) => ms / 60_000);
    assert.ok(info.includes(`after ${minutes.join(' to ')} minutes`), minutes.join());
    assert.ok(info.includes('after about 2 seconds') && third('transient', 1) <= 2_000);
  });

  it('9-pictures-to-a-service says that it needs ffmpeg', () => {
    const [comment] = flow('9-pictures-to-a-service.json');
    assert.match(`${String(comment?.['name'])}\n${String(comment?.['info'])}`, /needs ffmpeg\)\n.*\n.*/i);
  });

  it('mp4frag: has what its editor asks for', () => {
    const node =
      flow('needs-other-nodes-mp4frag-and-dashboard.json').find(({ type }) => type === 'mp4frag') ?? {};
    const { basePath, serveHttp, serveIo, autoStart, repeated, statusData, ...rest } = node as Record<
      string,
      unknown
    >;
    // Its validators, of 0.1.1: these are words, not booleans.
    assert.match(String(basePath), /^[a-z\d_.]{1,50}$/i);
    assert.deepEqual([serveHttp, serveIo, autoStart, repeated], ['true', 'false', 'false', 'false']);
    assert.equal(statusData, 'playlist');
    for (const [name, min, max] of [
      ['hlsPlaylistSize', 2, 20],
      ['hlsPlaylistExtra', 0, 10],
      ['preBuffer', 0, 5],
      ['timeLimit', -1, Infinity],
    ] as const) {
      assert.ok(Number(rest[name]) >= min && Number(rest[name]) <= max, name);
    }
  });
});

for (const file of FILES) {
  describe(`the example ${file}`, () => {
    const nodes = flow(file);
    const ofType = (type: string): FlowNode[] => nodes.filter((node) => node.type === type);

    it('is a flow that begins with a comment and needs no other package', () => {
      assert.ok(Array.isArray(nodes));
      assert.equal(nodes[0]?.type, 'comment');
      const others = file.startsWith('needs-other-nodes-') ? OTHER_TYPES : [];
      const strange = nodes.filter(({ type }) => ![...CORE_TYPES, ...OWN_TYPES, ...others].includes(type));
      assert.deepEqual(strange, []);
      assert.ok(readersIn(nodes).length > 0);
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
      for (const archive of ofType('kvs-archive')) {
        assert.ok('settings' in checkArchive(archive as ArchiveProperties));
      }
      for (const fleet of ofType('kvs-fleet')) {
        assert.ok('settings' in checkFleet(fleet as FleetProperties));
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
      assert.deepEqual(
        [...new Set(readersIn(nodes).map((node) => node['stream'] ?? node['streams']))],
        ['demo'],
      );
      const info = String(nodes[0]?.['info']);
      assert.match(
        info,
        /`npx -p @kvs-flow\/node-red-kinesis-video kvs-simulator( --profile amazon-connect| --recorded 36h)?`/,
      );
      assert.match(info, /`simulator` as access key ID/);
    });

    it('wires all outputs, and only to nodes that are there', () => {
      const ids = new Set(nodes.map(({ id }) => id));
      assert.equal(ids.size, nodes.length);
      for (const { wires } of nodes as (FlowNode & { wires?: string[][] })[]) {
        assert.deepEqual(
          (wires ?? []).flat().filter((id) => !ids.has(id)),
          [],
        );
      }
      for (const { wires } of [...readersIn(nodes), ...ofType('kvs-convert')] as (FlowNode & {
        wires: string[][];
      })[]) {
        assert.deepEqual(
          wires.map((port) => port.length > 0),
          wires.map(() => true),
        );
      }
    });
  });
}
