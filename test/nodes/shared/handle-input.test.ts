import assert from 'node:assert/strict';
import type { NodeMessage } from 'node-red';
import helper from 'node-red-node-test-helper';
import kvsArchive from '../../../nodes/kvs-archive/kvs-archive';
import kvsConfig from '../../../nodes/kvs-config/kvs-config';
import kvsConvert from '../../../nodes/kvs-convert/kvs-convert';
import kvsFleet from '../../../nodes/kvs-fleet/kvs-fleet';
import kvsGetMedia from '../../../nodes/kvs-get-media/kvs-get-media';
import { SIMULATOR_KEYS, mediaNode, simulatorConfig } from '../../../testing/collector';
import { Inbox, type ErrorMessage } from '../../../testing/helper-flow';
import { inEnglish } from '../../../testing/texts';
import { AVCC, pictures, smallChunk, videoEntry } from '../../convert/small-streams';

/** As a function node may make it, by mistake or from what a web site has sent. */
const UNREADABLE = {
  get at(): never {
    throw new Error('no');
  },
  get StartSelectorType(): never {
    throw new Error('no');
  },
};
/** JSON of 100 kB becomes such an object, and whatever copies it recursively has no stack left. */
const DEEP = JSON.parse(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`) as object;
const CHUNK = smallChunk({ number: 1, at: 1_000, tracks: [videoEntry(AVCC)], blocks: pictures(2) });

describe('messages that cannot be read or copied', () => {
  const errors = new Inbox<ErrorMessage>();
  const caught = new Inbox<NodeMessage & { error?: { message: string; source?: { id: string } } }>();

  before(async () => {
    const place = { z: 'tab', name: '', x: 1, y: 1 };
    const common = { ...place, config: 'config', autoStart: false };
    await helper.load(
      [kvsConfig, kvsGetMedia, kvsFleet, kvsArchive, kvsConvert].map(inEnglish),
      [
        { id: 'tab', type: 'tab', label: 'test' },
        simulatorConfig('http://127.0.0.1:9'),
        { ...mediaNode('media', 'tab', { stream: 'door', autoStart: false }), wires: [[], ['errors']] },
        { id: 'fleet', type: 'kvs-fleet', ...common, selectBy: 'message', wires: [[], ['errors'], []] },
        { id: 'archive', type: 'kvs-archive', ...common, stream: 'door', wires: [[], ['errors']] },
        { id: 'convert', type: 'kvs-convert', ...place, to: 'mp4', wires: [[], ['errors']] },
        { id: 'catch', type: 'catch', ...place, scope: null, wires: [['caught']] },
        ...['errors', 'caught'].map((id) => ({ id, type: 'helper', ...place, wires: [] })),
      ],
      { config: { ...SIMULATOR_KEYS } },
    );
    helper.getNode('errors').on('input', (msg) => {
      errors.push(msg as ErrorMessage);
    });
    helper.getNode('caught').on('input', (msg) => {
      caught.push(msg);
    });
  });
  after(async () => {
    await helper.unload();
  });

  for (const [id, msg] of [
    ['media', { action: 'start', until: UNREADABLE }],
    ['media', { action: 'start', startSelector: UNREADABLE }],
    ['media', { action: 'start', until: { chunks: Symbol('many') } }],
    ['fleet', { action: 'start', stream: 'door', until: UNREADABLE }],
    ['archive', { at: { frame: new Proxy({}, { get: () => assert.fail() }) } }],
    ['archive', { action: 'none', other: UNREADABLE }],
    ['archive', { action: 'none', other: DEEP }],
    ['convert', { payload: CHUNK, other: UNREADABLE }],
    ['convert', { payload: CHUNK, other: DEEP }],
  ] as const) {
    const where = Object.keys(msg).filter((name) => name !== 'action');
    it(`are refused by ${id}, with a Catch node beside it: ${where.join(', ')}`, async () => {
      const refused = errors.next(({ payload }) => payload.ErrorType === 'InvalidInput');
      const thrown = caught.next();
      helper.getNode(id).receive({ ...msg });
      const { payload } = await refused;
      assert.match(payload.message, id === 'archive' ? /refused|cannot be read/ : /cannot be read|chunks/);
      if (id === 'archive' || id === 'convert') {
        const { error } = await thrown;
        assert.equal(error?.source?.id, id);
        assert.equal(error.message, 'The message holds objects that cannot be read or copied.');
      }
    });
  }
});
