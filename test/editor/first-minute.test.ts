import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { Simulator } from '../../src/simulator';
import { SIMULATOR_KEYS } from '../../testing/collector';
import { skip } from '../../testing/skip';
import type { EditorPage } from './editor-page';
import { inEveryEditor } from './every-editor';
import { useEditor } from './open-editor';

const SECRET = 'a-secret-that-must-stay-where-it-was-typed';
const OWN_KEYS = { accessKeyId: 'AKIAOFMYOWN', secretAccessKey: 'and-one-of-my-own-that-must-as-well' };

/** From an empty tab to chunks, with the mouse and the keyboard alone. */
inEveryEditor('the first minute in the editor of', (line) => {
  const simulator = new Simulator({ ...SIMULATOR_KEYS, secretAccessKey: SECRET });
  /** Another account, which has a stream of the same name. */
  const own = new Simulator(OWN_KEYS);

  before(async () => {
    simulator.addStream({ name: 'door' });
    simulator.addStream({ name: 'yard' });
    await simulator.start();
    own.addStream({ name: 'yard' });
    await own.start();
  });
  const opened = useEditor(line, () => ({ flows: [{ id: 'tab', type: 'tab', label: 'First minute' }] }));
  after(async () => {
    // The readers that it has deployed would keep the simulators busy.
    await opened().server.deploy([]);
    await simulator.stop();
    await own.stop();
  });

  // Each step needs the one before.
  let hasFailed = false;
  beforeEach(function () {
    if (hasFailed) {
      skip(this, 'a step before has failed');
    }
  });
  afterEach(function () {
    hasFailed ||= this.currentTest?.state === 'failed';
  });

  const page = (): EditorPage => opened().editor;

  let dragged: Locator | undefined;

  function reader(): Locator {
    assert.ok(dragged !== undefined);
    return dragged;
  }

  it('drags nodes in and wires them', async () => {
    const editor = page();
    dragged = await editor.dragIn('kvs-get-media', 160, 140);
    const debugs = [await editor.dragIn('debug', 420, 100), await editor.dragIn('debug', 420, 200)];
    for (const [output, debug] of debugs.entries()) {
      await editor.wire(reader(), output, debug);
    }
    const ids = await Promise.all(debugs.map((debug) => debug.getAttribute('id')));
    const node = (await editor.exported()).find(({ type }) => type === 'kvs-get-media');
    assert.deepEqual(
      node?.['wires'],
      ids.map((id) => [id]),
    );
  });

  it('makes an account, tests its credentials and offers its streams before anything is deployed', async () => {
    const editor = page();
    await editor.open(reader());
    await editor.page.locator('#node-input-btn-config-add').click();
    await editor.configIsOpen();
    await editor.configField('name').fill('home');
    await editor.configField('region').fill('us-west-2');
    await editor.configField('accessKeyId').fill(SIMULATOR_KEYS.accessKeyId);
    await editor.configField('secretAccessKey').fill(SECRET);
    await editor.page.locator('#kvs-config-network > summary').click();
    await editor.configField('endpoint').fill(simulator.endpoint);
    await editor.page.getByRole('button', { name: 'Test', exact: true }).click();
    const result = editor.page.locator('#kvs-config-test-result');
    await result.filter({ hasText: 'streams seen: 2' }).waitFor();
    await editor.screenshots('kvs-config');
    await editor.configOk();
    assert.match(await editor.field('config').locator('option:checked').innerText(), /home/);
    await editor.page.locator('#kvs-get-media-stream-search').click();
    const list = editor.page.getByRole('listbox', { name: 'Stream' });
    await list.getByText('yard').waitFor();
    await editor.screenshots('kvs-get-media-not-deployed');
    await list.getByText('door').click();
    assert.equal(await editor.field('stream').inputValue(), 'door');
    await editor.ok();
  });

  it('shows after the deploy what comes, in the debug sidebar and under the node', async () => {
    const editor = page();
    await editor.deploy();
    await editor.showDebug();
    const messages = editor.page.locator('.red-ui-debug-msg');
    await messages.filter({ hasText: 'door' }).nth(1).waitFor({ timeout: 30_000 });
    assert.match(await messages.first().innerText(), /msg\.payload : buffer/i);
    await editor.status(reader(), /\d+k?M?b\/s \d+fps/);
    await editor.screenshotPage('flow');
  });

  it('offers the streams after the deploy too, and changes to the chosen one', async () => {
    const editor = page();
    await editor.open(reader());
    await editor.page.locator('#kvs-get-media-stream-search').click();
    const list = editor.page.getByRole('listbox', { name: 'Stream' });
    await list.getByText('yard').click();
    await editor.ok();
    await editor.deploy();
    await editor.page.locator('.red-ui-debug-msg', { hasText: 'yard' }).first().waitFor({ timeout: 30_000 });
    await editor.status(reader(), /fps/);
  });

  it('goes over to the same stream of another account, with nothing changed but the account', async () => {
    const editor = page();
    await editor.open(reader());
    await editor.page.locator('#node-input-btn-config-edit').click();
    await editor.configIsOpen();
    await editor.configField('accessKeyId').fill(OWN_KEYS.accessKeyId);
    await editor.configField('secretAccessKey').fill(OWN_KEYS.secretAccessKey);
    await editor.configField('endpoint').fill(own.endpoint);
    await editor.page.getByRole('button', { name: 'Test', exact: true }).click();
    const result = editor.page.locator('#kvs-config-test-result');
    await result.filter({ hasText: 'streams seen: 1' }).waitFor();
    await editor.configOk();
    await editor.ok();
    assert.equal(own.stats.streams['yard']?.calls ?? 0, 0);
    await editor.page.locator('#red-ui-sidebar-debug-clear').click();
    await editor.deploy();
    await editor.page.locator('.red-ui-debug-msg', { hasText: 'yard' }).first().waitFor({ timeout: 30_000 });
    await editor.status(reader(), /fps/);
    assert.ok((own.stats.streams['yard']?.calls ?? 0) > 0);
    assert.equal(simulator.stats.streams['yard']?.openConnections, 0);
  });

  it('says under the node what is wrong after a deploy of a wrong stream', async () => {
    const editor = page();
    await editor.open(reader());
    await editor.field('stream').fill('cellar');
    await editor.ok();
    await editor.deploy();
    await editor.page
      .locator('.red-ui-debug-msg', { hasText: 'ResourceNotFoundException' })
      .first()
      .waitFor({ timeout: 30_000 });
    await editor.status(reader(), /ResourceNotFound/);
    await editor.screenshotPage('flow-wrong-stream');
  });

  it('has the secrets neither in the page nor in an export', async () => {
    const editor = page();
    await editor.reload();
    const shown = await editor.exportDialog();
    assert.match(shown, /kvs-get-media/);
    assert.ok(!shown.includes('secretAccessKey'));
    const content = await editor.page.content();
    for (const secret of [SECRET, OWN_KEYS.secretAccessKey]) {
      assert.ok(!shown.includes(secret) && !content.includes(secret));
    }
    assert.deepEqual(editor.errors, []);
  });
});
