import assert from 'node:assert/strict';
import { Simulator } from '../../src/simulator';
import { SIMULATOR_KEYS, simulatorConfig } from '../../testing/collector';
import type { FlowNode } from '../../testing/node-red';
import { cutTexts } from './cut-texts';
import type { EditorPage } from './editor-page';
import { inEveryEditor } from './every-editor';
import { useEditor } from './open-editor';

const FLEET: FlowNode = {
  ...{ id: 'fleet', type: 'kvs-fleet', z: 'tab', x: 200, y: 120, name: '', version: 1, config: 'account' },
  ...{ selectBy: 'prefix', streams: 'cam-', exclude: '', discoverSeconds: 60, maxStreams: 0 },
  ...{ startSelectorType: 'NOW', startValue: '', emit: 'chunk', tracks: '', autoStart: false, resume: true },
  ...{ checkpointStore: '', maxInFlight: 0, keepTrying: true, stallTimeoutSeconds: 20 },
  ...{ ackTimeoutSeconds: 60, maxChunkMB: 64, silentSeconds: 0, inheritTags: false, wires: [[], [], []] },
};

inEveryEditor('the dialog of kvs-fleet in the editor of', (line) => {
  const simulator = new Simulator({ callsPerSecond: 1_000 });

  before(async () => {
    for (let index = 101; index <= 137; index += 1) {
      simulator.addStream({ name: `cam-${index}`, live: false });
    }
    simulator.addStream({ name: 'yard', live: false });
    await simulator.start();
  });
  const opened = useEditor(line, () => ({
    flows: [
      { id: 'tab', type: 'tab', label: 'Fleet' },
      simulatorConfig(simulator.endpoint, 'account'),
      FLEET,
      // As a flow that was written by hand may be.
      { id: 'sparse', type: 'kvs-fleet', z: 'tab', x: 200, y: 200, config: 'account', wires: [[], [], []] },
    ],
    credentials: { account: SIMULATOR_KEYS },
  }));
  after(async () => {
    await simulator.stop();
  });

  const page = (): EditorPage => opened().editor;
  const matches = (hasText: string | RegExp) => page().page.locator('#kvs-fleet-matches').filter({ hasText });
  const names = () => page().page.locator('#kvs-fleet-matches-names');

  async function exported(id: string): Promise<FlowNode> {
    const node = (await page().exported()).find((each) => each.id === id);
    assert.ok(node !== undefined);
    return node;
  }

  it('shows which streams match before anything is deployed', async () => {
    const editor = page();
    await editor.edit('fleet');
    await matches('37 streams match now.').waitFor();
    assert.match((await names().textContent()) ?? '', /^cam-101\ncam-102\n[^]*cam-137$/);
    await editor.screenshots('kvs-fleet');
    await editor.field('exclude').fill('*-10*, *-11*');
    await matches('18 streams match now.').waitFor();
    await editor.field('exclude').fill('');
    await editor.field('streams').fill('yard');
    await matches('1 stream matches now.').waitFor();
    await editor.field('streams').fill('zoo');
    await matches('No stream matches now.').waitFor();
    assert.deepEqual(await cutTexts(editor.page), []);
    await editor.cancel();
  });

  it('shows the fields of each way to select, keeps the lines of a list, and says what is wrong', async () => {
    const editor = page();
    await editor.edit('fleet');
    await editor.field('selectBy').selectOption('list');
    assert.equal(await editor.field('streams').inputValue(), '', 'a prefix is no list');
    await editor.field('streams').fill('yard\nback yard');
    assert.equal(await editor.isAtFault(editor.field('streams')), true);
    assert.match(await editor.reasonAt(editor.field('streams')), /^Streams: each line needs/);
    await editor.field('streams').fill('yard\ncam-101\n');
    await matches('2 streams match now.').waitFor();
    await editor.ok();
    const node = await exported('fleet');
    assert.deepEqual([node['selectBy'], node['streams']], ['list', 'yard\ncam-101']);
    await editor.edit('fleet');
    await editor.field('selectBy').selectOption('message');
    await editor.field('streams').waitFor({ state: 'hidden' });
    await page().page.locator('#kvs-fleet-matches').waitFor({ state: 'hidden' });
    await editor.field('selectBy').selectOption('tags');
    await editor.field('streams').fill('north');
    assert.match(await editor.reasonAt(editor.field('streams')), /^Tags: tags are written like/);
    await editor.cancel();
  });

  it('shows the fields of a shared fleet, and tests its table where that is deployed', async () => {
    const editor = page();
    const result = (hasText: string | RegExp) =>
      page().page.locator('#kvs-fleet-table-result').filter({ hasText });
    await editor.edit('fleet');
    await editor.field('table').waitFor({ state: 'hidden' });
    await editor.field('coordination').selectOption('dynamodb');
    await editor.field('resume').waitFor({ state: 'hidden' });
    await editor.field('fleet').fill('site north');
    assert.match(await editor.reasonAt(editor.field('fleet')), /^Fleet: a fleet name has/);
    await editor.field('fleet').fill('site/north');
    await editor.field('table').fill('a b');
    await page().page.locator('#kvs-fleet-table-test').click();
    await result('Choose an account and a table.').waitFor();
    await editor.field('table').fill('fleets');
    await page().page.locator('#kvs-fleet-advanced summary').click();
    await editor.field('tableEndpoint').fill('http://127.0.0.1:9');
    await page().page.locator('#kvs-fleet-table-create').click();
    await result(/is not deployed yet/).waitFor();
    await editor.field('leaseSeconds').fill('30');
    await editor.ok();
    const { coordination, table, fleet, leaseSeconds, checkpointSeconds } = await exported('fleet');
    assert.deepEqual([coordination, table, fleet], ['dynamodb', 'fleets', 'site/north']);
    assert.deepEqual([leaseSeconds, checkpointSeconds], [30, 10]);
  });

  it('shows what the run time takes where a flow leaves properties out, and writes numbers', async () => {
    const editor = page();
    await editor.edit('sparse');
    assert.equal(await editor.field('selectBy').inputValue(), 'prefix');
    await matches('38 streams match now.').waitFor();
    await page().page.locator('#kvs-fleet-advanced summary').click();
    assert.equal(await editor.field('discoverSeconds').inputValue(), '60');
    await editor.field('maxStreams').fill('200');
    await editor.ok();
    const node = await exported('sparse');
    assert.deepEqual([node['maxStreams'], node['discoverSeconds'], node['version']], [200, 60, 1]);
  });
});
