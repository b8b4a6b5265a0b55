import assert from 'node:assert/strict';
import { Simulator } from '../../src/simulator';
import { SIMULATOR_KEYS, simulatorConfig } from '../../testing/collector';
import type { FlowNode } from '../../testing/node-red';
import { EditorPage } from './editor-page';
import { inEveryEditor } from './every-editor';
import { useEditor } from './open-editor';

/** A reader as an older or a hand-written flow may have it: all but this is left out. */
function reader(id: string, y: number, properties: Readonly<Record<string, unknown>> = {}): FlowNode {
  return {
    id,
    type: 'kvs-get-media',
    z: 'tab',
    name: id,
    ...{ x: 200, y, config: 'account', stream: 'demo', wires: [[], []] },
    ...properties,
  };
}

inEveryEditor('imported flows in the editor of', (line) => {
  const simulator = new Simulator();
  /** The reasons that the editor gives, and the status under the node once it is deployed. */
  const wrong: [
    id: string,
    y: number,
    properties: Record<string, unknown>,
    reasons: RegExp[],
    status: string,
  ][] = [
    ['missing', 80, { config: 'nowhere' }, [/^Account: a value is needed/], 'InvalidInput config'],
    ['unchosen', 140, { config: undefined }, [/^Account: a value is needed/], 'InvalidInput config'],
    ['disabled', 200, { config: 'off' }, [/^Account: it is disabled/], 'InvalidInput config'],
    ['keyless', 260, { config: 'no-keys' }, [/^Account: its settings/], 'MissingCredentials'],
    ['regionless', 320, { config: 'no-region' }, [/^Account: its settings/], 'InvalidInput region'],
    ['newer', 380, { version: 7 }, [/^Version: .*newer release/], 'InvalidInput'],
    [
      'strange',
      440,
      { emit: 'film', maxInFlight: 'many', startSelectorType: 'YESTERDAY' },
      [/^Start position: choose/, /^Send: choose/, /^Max in flight: a number/],
      'InvalidInput start…',
    ],
  ];

  before(async () => {
    simulator.addStream({ name: 'demo' });
    await simulator.start();
  });
  const running = useEditor(line, () => ({
    flows: [{ id: 'first', type: 'tab', label: 'First' }, simulatorConfig(simulator.endpoint, 'account')],
    credentials: { account: SIMULATOR_KEYS },
  }));
  before(async () => {
    const config = simulatorConfig(simulator.endpoint);
    await running().editor.importFlow([
      { id: 'tab', type: 'tab', label: 'Imported' },
      { ...config, id: 'off', name: 'off', d: true },
      { ...config, id: 'no-keys', name: 'no keys' },
      { id: 'no-region', type: 'kvs-config', name: 'no region', auth: 'default' },
      ...wrong.map(([id, y, properties]) => reader(id, y, properties)),
      reader('sound', 500, { colour: 'red', retries: 3, nested: { deep: [1] } }),
    ]);
  });
  after(async () => {
    await running().server.deploy([]);
    await simulator.stop();
  });

  for (const [id, , properties, reasons] of wrong) {
    it(`say at the node what is wrong: ${id} ${JSON.stringify(properties)}`, async () => {
      const { valid, validationErrors } = await running().editor.validity(id);
      assert.equal(valid, false);
      assert.equal(validationErrors.length, reasons.length, validationErrors.join('\n'));
      for (const [index, reason] of reasons.entries()) {
        assert.match(validationErrors[index] ?? '', reason);
      }
    });
  }

  it('with unknown properties are as good as without', async () => {
    assert.deepEqual(await running().editor.validity('sound'), { valid: true, validationErrors: [] });
  });

  it('can be opened, whatever is in them, and closed unchanged', async () => {
    const { editor } = running();
    for (const id of ['missing', 'unchosen', 'strange']) {
      await editor.edit(id);
      await editor.cancel();
    }
    await editor.editConfig('kvs-config', 'no-region');
    assert.equal(await editor.isAtFault(editor.configField('region')), true);
    await editor.configCancel();
    assert.deepEqual(editor.errors, []);
  });

  it('run where they can, and elsewhere stop at once with the cause under the node, once and for all', async () => {
    const { editor, server: nodeRed } = running();
    const { pid } = nodeRed;
    await editor.deploy({ anyway: true });
    await editor.status(editor.nodeOf('sound'), /b\/s/);
    for (const [id, , , , status] of wrong) {
      await editor.status(editor.nodeOf(id), new RegExp(`^${status}$`));
      await nodeRed.waitForLog(new RegExp(`\\[error\\] \\[kvs-get-media:${id}\\]`));
    }
    await editor.screenshotPage('imported');
    const errors = nodeRed.log.filter((text) => text.includes('[error] [kvs-get-media:'));
    assert.deepEqual(
      errors.map((text) => /kvs-get-media:(\w+)/.exec(text)?.[1]).sort(),
      wrong.map(([id]) => id).sort(),
    );
    assert.equal(nodeRed.pid, pid);
    assert.deepEqual(Object.keys(simulator.stats.streams), ['demo']);
    assert.equal(simulator.stats.streams['demo']?.openConnections, 1);
    assert.deepEqual(editor.errors, []);
  });

  it('without keys are at fault after a reload of the editor too, and only those', async () => {
    const again = await EditorPage.open(running().server.url, line);
    try {
      assert.equal((await again.validity('keyless')).valid, false);
      assert.deepEqual(await again.validity('sound'), { valid: true, validationErrors: [] });
    } finally {
      await again.close();
    }
  });
});
