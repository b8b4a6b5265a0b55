import assert from 'node:assert/strict';
import { Simulator } from '../../src/simulator';
import { SIMULATOR_KEYS, simulatorConfig } from '../../testing/collector';
import type { FlowNode } from '../../testing/node-red';
import { cutTexts } from './cut-texts';
import type { EditorPage } from './editor-page';
import { inEveryEditor } from './every-editor';
import { useEditor } from './open-editor';

const ARCHIVE: FlowNode = {
  ...{ id: 'archive', type: 'kvs-archive', z: 'tab', x: 200, y: 120, name: '', version: 1 },
  ...{ config: 'account', stream: 'door', output: 'chunks', fragmentSelectorType: 'PRODUCER_TIMESTAMP' },
  ...{ beforeSeconds: 10, afterSeconds: 20, waitSeconds: 60, tracks: '', maxInFlight: 0 },
  ...{ saveTo: 'message', filename: 'filename', filenameType: 'msg', maxMB: 256 },
  ...{ intervalSeconds: 0, width: 0, quality: 80, format: 'jpeg', imageSource: 'auto' },
  ...{ protocol: 'HLS', playbackMode: 'ON_DEMAND', expiresSeconds: 300, wires: [[], []] },
};
const DENIED = { kind: 'http-error', ErrorType: 'AccessDeniedException', statusCode: 403 } as const;

inEveryEditor('the dialog of kvs-archive in the editor of', (line) => {
  const simulator = new Simulator({ callsPerSecond: 1_000 });

  before(async () => {
    for (const name of ['door', 'door-2', 'yard']) {
      simulator.addStream({ name, live: false, prefillMs: 60_000 });
    }
    await simulator.start();
  });
  const opened = useEditor(line, () => ({
    flows: [
      { id: 'tab', type: 'tab', label: 'Archive' },
      simulatorConfig(simulator.endpoint, 'account'),
      ARCHIVE,
      { ...ARCHIVE, id: 'kept', y: 200 },
      // As a flow that was written by hand may be.
      {
        ...{ id: 'sparse', type: 'kvs-archive', z: 'tab', x: 200, y: 280 },
        ...{ config: 'account', stream: 'door', output: 'chunks', wires: [[], []] },
      },
    ],
    credentials: { account: SIMULATOR_KEYS },
  }));
  afterEach(() => {
    simulator.faults.clear();
  });
  after(async () => {
    await simulator.stop();
  });

  const page = (): EditorPage => opened().editor;

  async function shownFields(): Promise<string[]> {
    await page().field('name').waitFor();
    return page()
      .page.locator('.red-ui-tray :is(input, select)[id^="node-input-"]:visible')
      .evaluateAll((fields) =>
        fields.map(({ id }) => id.slice('node-input-'.length)).filter((name) => name !== 'node-disabled'),
      );
  }

  async function exported(id: string): Promise<FlowNode> {
    const node = (await page().exported()).find((each) => each.id === id);
    assert.ok(node !== undefined);
    return node;
  }

  const range = () => page().page.locator('#kvs-archive-range');
  const result = (hasText: string | RegExp) =>
    page().page.locator('#kvs-archive-test-result').filter({ hasText });
  const test = () => page().page.locator('#kvs-archive-test').click();

  it('shows what each output needs', async () => {
    const editor = page();
    await editor.edit('archive');
    const always = ['name', 'config', 'stream', 'output'];
    const asked = ['fragmentSelectorType', 'beforeSeconds', 'afterSeconds'];
    assert.deepEqual(await shownFields(), [...always, ...asked, 'tracks', 'waitSeconds', 'maxInFlight']);
    assert.deepEqual(await cutTexts(editor.page), []);
    await editor.screenshots('kvs-archive-chunks');
    await editor.field('output').selectOption('clip');
    assert.deepEqual(await shownFields(), [...always, 'saveTo', 'maxMB', ...asked, 'tracks', 'waitSeconds']);
    await editor.field('saveTo').selectOption('file');
    const file = ['saveTo', 'filenameType', 'filename'];
    assert.deepEqual(await shownFields(), [...always, ...file, ...asked, 'tracks', 'waitSeconds']);
    assert.deepEqual(await cutTexts(editor.page), []);
    await editor.screenshots('kvs-archive-clip');
    await editor.field('output').selectOption('image');
    const looks = ['intervalSeconds', 'format', 'width', 'quality', 'imageSource'];
    const ofMoment = [...always, ...looks, ...file, 'fragmentSelectorType', 'tracks', 'waitSeconds'];
    assert.deepEqual(await shownFields(), ofMoment);
    assert.equal(await range().isVisible(), false);
    await editor.field('intervalSeconds').fill('60');
    await editor.field('format').selectOption('png');
    const png = looks.filter((name) => name !== 'quality');
    assert.deepEqual(await shownFields(), [...always, ...png, ...file, ...asked, 'tracks', 'waitSeconds']);
    assert.deepEqual(await cutTexts(editor.page), []);
    await editor.screenshots('kvs-archive-image');
    await editor.field('output').selectOption('fragments');
    assert.deepEqual(await shownFields(), [...always, ...asked, 'waitSeconds']);
    await editor.field('output').selectOption('url');
    const player = ['protocol', 'playbackMode', 'expiresSeconds'];
    assert.deepEqual(await shownFields(), [...always, ...player, ...asked]);
    assert.deepEqual(await cutTexts(editor.page), []);
    await editor.screenshots('kvs-archive-url');
    await editor.field('playbackMode').selectOption('LIVE');
    assert.deepEqual(await shownFields(), [...always, ...player]);
    assert.equal(await range().isVisible(), false);
    await editor.cancel();
  });

  it('says the range in words as it is entered', async () => {
    const editor = page();
    await editor.edit('archive');
    assert.match(
      await range().innerText(),
      /^From 10 s before msg\.at until 20 s after it, .* camera’s clock/,
    );
    await editor.field('beforeSeconds').fill('2.5');
    await editor.field('afterSeconds').fill('90');
    await editor.field('fragmentSelectorType').selectOption('SERVER_TIMESTAMP');
    assert.match(
      await range().innerText(),
      /^From 2\.5 s before msg\.at until 90 s after it, .* clock of AWS/,
    );
    await editor.cancel();
  });

  it('offers the streams of the account', async () => {
    const editor = page();
    await editor.edit('archive');
    await editor.field('stream').fill('');
    await editor.page.locator('#kvs-archive-stream-search').click();
    const list = editor.page.getByRole('listbox', { name: 'Stream' });
    await list.getByText('door-2').waitFor();
    await editor.screenshots('kvs-archive-streams');
    await list.getByText('yard').click();
    assert.equal(await editor.field('stream').inputValue(), 'yard');
    await editor.cancel();
  });

  it('tests which rights are missing', async () => {
    const editor = page();
    await editor.edit('archive');
    await test();
    await result('has all rights').waitFor();
    await editor.screenshots('kvs-archive-test-allowed');
    simulator.faults.add({ ...DENIED, operation: 'ListFragments' });
    await test();
    await result('These rights are missing: kinesisvideo:ListFragments').waitFor();
    await editor.screenshots('kvs-archive-test-missing');
    await editor.field('output').selectOption('url');
    await result(/^$/).waitFor({ state: 'attached' });
    await test();
    await result('has all rights').waitFor();
    // As the dialog of the account leaves it: changed, with keys that are kept.
    const kept = "{ changed: true, credentials: { accessKeyId: 'simulator', has_secretAccessKey: true } }";
    await editor.page.evaluate(`Object.assign(RED.nodes.node('account'), ${kept})`);
    const asked = editor.page.waitForRequest((request) => request.url().endsWith('/kvs-archive/test'));
    await test();
    await asked;
    await result('has all rights').waitFor();
    await editor.page.evaluate("RED.nodes.node('account').changed = false");
    await editor.field('stream').fill('cellar');
    await test();
    await result('cellar').waitFor();
    await editor.field('stream').fill('');
    await test();
    await result('Choose an account and a stream').waitFor();
    await editor.cancel();
  });

  it('says what is wrong with a value at the field, and on the node', async () => {
    const editor = page();
    await editor.edit('archive');
    await editor.field('beforeSeconds').fill('early');
    assert.match(await editor.reasonAt(editor.field('beforeSeconds')), /^Before: a number is needed/);
    await editor.field('stream').fill('two words');
    assert.match(await editor.reasonAt(editor.field('stream')), /^Stream: a name has/);
    await editor.screenshots('kvs-archive-at-fault');
    await editor.ok();
    const { valid, validationErrors } = await editor.validity('archive');
    assert.equal(valid, false);
    assert.equal(validationErrors.length, 2);
  });

  it('needs no stream where messages name it', async () => {
    const editor = page();
    await editor.edit('archive');
    await editor.field('beforeSeconds').fill('10');
    await editor.field('stream').fill('');
    await editor.ok();
    assert.deepEqual(await editor.validity('archive'), { valid: true, validationErrors: [] });
  });

  it('saves what was entered, numbers as numbers and environment variables as they are', async () => {
    const editor = page();
    await editor.edit('archive');
    await editor.field('name').fill('last night');
    await editor.field('stream').fill(' yard ');
    await editor.field('output').selectOption('fragments');
    await editor.field('fragmentSelectorType').selectOption('SERVER_TIMESTAMP');
    await editor.field('beforeSeconds').fill('2.5');
    await editor.field('afterSeconds').fill('${AFTER}');
    await editor.field('waitSeconds').fill('0');
    await editor.ok();
    // The editor moves a node whose label has become longer.
    const { x } = await exported('archive');
    assert.deepEqual(await exported('archive'), {
      ...(await exported('kept')),
      ...{ id: 'archive', x, y: ARCHIVE['y'], name: 'last night', stream: 'yard', output: 'fragments' },
      ...{ fragmentSelectorType: 'SERVER_TIMESTAMP', beforeSeconds: 2.5, afterSeconds: '${AFTER}' },
      waitSeconds: 0,
    });
  });

  it('changes nothing when nothing was changed, and completes what a flow leaves out', async () => {
    const editor = page();
    const before = await exported('kept');
    await editor.edit('kept');
    await editor.ok();
    assert.deepEqual(await exported('kept'), before);
    assert.equal(await editor.isChanged('kept'), false);
    await editor.edit('sparse');
    await editor.ok();
    const { id, y, ...rest } = before;
    assert.deepEqual(await exported('sparse'), { ...rest, id: 'sparse', y: 280 });
    assert.deepEqual([id, y], ['kept', 200]);
  });

  it('binds every label to its field, and has its help', async () => {
    const editor = page();
    await editor.edit('kept');
    const unbound = await editor.page
      .locator('.red-ui-tray [class$="-form"] :is(input, select)')
      .evaluateAll((fields) =>
        fields
          .filter((field) => document.querySelectorAll(`label[for="${field.id}"]`).length !== 1)
          .map((field) => field.id),
      );
    assert.deepEqual(unbound, []);
    await editor.cancel();
    assert.match(await editor.help('kvs-archive'), /kinesisvideo:ListFragments/);
    assert.deepEqual(editor.errors, []);
  });
});
