import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { Simulator } from '../../src/simulator';
import { SIMULATOR_KEYS, mediaNode, simulatorConfig } from '../../testing/collector';
import type { FlowNode } from '../../testing/node-red';
import type { EditorPage } from './editor-page';
import { inEveryEditor } from './every-editor';
import { useEditor } from './open-editor';

const WRONG = 'a-wrong-secret-that-must-not-come-back';

inEveryEditor('choosing a stream and testing credentials in the editor of', (line) => {
  const simulator = new Simulator();
  const answers: string[] = [];

  before(async () => {
    for (const name of ['door', 'door-2', 'yard']) {
      simulator.addStream({ name, live: false });
    }
    await simulator.start();
  });
  const opened = useEditor(line, () => {
    const media = { ...mediaNode('media', 'tab', { autoStart: false }), x: 200, y: 120, stream: '' };
    return {
      flows: [
        { id: 'tab', type: 'tab', label: 'Choosing' },
        simulatorConfig(simulator.endpoint),
        { ...media, wires: [[], []] },
        { ...media, id: 'lost', config: '', y: 200, wires: [[], []] },
      ],
      credentials: { config: SIMULATOR_KEYS },
    };
  });
  before(() => {
    page().page.on('response', (response) => {
      if (response.url().includes('/kvs-config/')) {
        response.text().then(
          (text) => answers.push(text),
          () => answers.push('(gone)'),
        );
      }
    });
  });
  afterEach(() => {
    simulator.faults.clear();
  });
  after(async () => {
    await simulator.stop();
  });

  const page = (): EditorPage => opened().editor;

  async function waitForText(editor: EditorPage, id: string, pattern: RegExp): Promise<string> {
    const found = editor.page.locator(`#${id}`, { hasText: pattern });
    await found.waitFor();
    return found.innerText();
  }

  it('offers the streams of the account, narrowed as one types, and takes the chosen one', async () => {
    const editor = page();
    await editor.edit('media');
    const list = editor.page.getByRole('listbox', { name: 'Stream' });
    await editor.page.getByRole('button', { name: 'Search the streams of the account' }).click();
    await list.getByText('yard').waitFor();
    assert.match(await list.innerText(), /door\s+ACTIVE · kept 1 h/);
    await editor.screenshots('kvs-get-media-streams');
    await editor.page.keyboard.press('Escape');
    await list.waitFor({ state: 'hidden' });
    await editor.field('stream').pressSequentially('door');
    await list.getByText('door-2').waitFor();
    await list.getByText('yard').waitFor({ state: 'detached' });
    await list.getByText('door-2').click();
    assert.equal(await editor.field('stream').inputValue(), 'door-2');
    await list.waitFor({ state: 'hidden' });
    await editor.ok();
    const node = (await editor.exported()).find(({ id }) => id === 'media');
    assert.equal(node?.['stream'], 'door-2');
  });

  it('obeys the keyboard in the list, and tells a screen reader where it is', async () => {
    const editor = page();
    const { keyboard } = editor.page;
    await editor.edit('media');
    const field = editor.page.getByRole('combobox', { name: 'Stream' });
    const option = (name: string): Locator =>
      editor.page.getByRole('option', { name: new RegExp(`^${name}\\b`) });
    const current = async (): Promise<string | null> => {
      const id = await field.getAttribute('aria-activedescendant');
      return id === null ? null : editor.page.locator(`#${id} > :first-child`).innerText();
    };
    await field.fill('');
    await field.press('ArrowDown');
    await option('yard').waitFor();
    assert.equal(await field.getAttribute('aria-expanded'), 'true');
    assert.equal(await current(), null);
    await keyboard.press('ArrowDown');
    assert.equal(await current(), 'door');
    await keyboard.press('ArrowUp');
    assert.equal(await current(), 'yard');
    assert.equal(await option('yard').getAttribute('aria-selected'), 'true');
    await editor.screenshots('kvs-get-media-streams-by-keyboard');
    await keyboard.press('Escape');
    assert.equal(await field.getAttribute('aria-expanded'), 'false');
    assert.equal(await field.inputValue(), '');
    await keyboard.press('ArrowDown');
    await option('yard').waitFor();
    await keyboard.press('ArrowUp');
    await keyboard.press('Enter');
    assert.equal(await field.inputValue(), 'yard');
    assert.equal(await editor.isAtFault(editor.field('stream')), false);
    await keyboard.press('Tab');
    const next = editor.page.locator('#kvs-get-media-stream-search');
    assert.ok(await next.evaluate((button) => button.ownerDocument.activeElement === button));
    await editor.cancel();
  });

  it('keeps what was typed and is no stream of the account, at Enter and at Tab', async () => {
    const editor = page();
    await editor.edit('media');
    const options = editor.page.getByRole('listbox', { name: 'Stream' }).getByRole('option');
    for (const key of ['Enter', 'Tab']) {
      await editor.field('stream').fill('');
      await editor.field('stream').pressSequentially('doo');
      await options.first().waitFor();
      await editor.page.keyboard.press(key);
      assert.equal(await editor.field('stream').inputValue(), 'doo');
      assert.equal(await options.count(), 0);
    }
    await editor.cancel();
  });

  it('says why there is nothing to choose from', async () => {
    const editor = page();
    await editor.edit('lost');
    await editor.page.locator('#kvs-get-media-stream-search').click();
    await waitForText(editor, 'kvs-get-media-stream-hint', /Choose an account/);
    await editor.cancel();
    simulator.faults.add({
      kind: 'http-error',
      ErrorType: 'AccessDeniedException',
      statusCode: 403,
      operation: 'ListStreams',
    });
    await editor.edit('media');
    await editor.page.locator('#kvs-get-media-stream-search').click();
    await waitForText(editor, 'kvs-get-media-stream-hint', /AccessDenied.*kinesisvideo:ListStreams/);
    await editor.screenshots('kvs-get-media-no-right');
    await editor.cancel();
  });

  it('lists the streams of an account that is not deployed, with variables that are not either', async () => {
    const editor = page();
    await editor.importFlow([
      {
        ...{ id: 'fresh-tab', type: 'tab', label: 'Fresh' },
        env: [{ name: 'FRESH_ENDPOINT', value: simulator.endpoint, type: 'str' }],
      },
      { ...simulatorConfig('${FRESH_ENDPOINT}', 'fresh'), z: 'fresh-tab', credentials: SIMULATOR_KEYS },
      {
        ...mediaNode('fresh-media', 'fresh-tab', { stream: '', config: 'fresh' }),
        x: 200,
        y: 120,
        wires: [[], []],
      },
    ]);
    await editor.edit('fresh-media');
    await editor.page.locator('#kvs-get-media-stream-search').click();
    await editor.page.getByRole('listbox', { name: 'Stream' }).getByText('yard').waitFor();
    await editor.page.keyboard.press('Escape');
    await editor.cancel();
    await editor.editConfig('kvs-config', 'fresh');
    await editor.page.locator('#kvs-config-test').click();
    await waitForText(editor, 'kvs-config-test-result', /accepts these credentials.*not deployed/);
    await editor.configCancel();
  });

  it('knows the variables of the groups around a subflow’s instance, the inner group’s first', async () => {
    const editor = page();
    const variable = (name: string, value: string): object => ({ name, value, type: 'str' });
    const size = { x: 40, y: 40, w: 320, h: 160, style: {} };
    const instance = { id: 'inside', type: 'subflow:grouped', z: 'grouped-tab', g: 'inner', name: 'inside' };
    await editor.importFlow([
      {
        ...{ id: 'grouped-tab', type: 'tab', label: 'Grouped' },
        env: [variable('GROUP_ENDPOINT', 'http://127.0.0.1:1'), variable('GROUP_REGION', 'nowhere')],
      },
      { id: 'grouped', type: 'subflow', name: 'Grouped camera', in: [], out: [], env: [] },
      {
        ...simulatorConfig('${GROUP_ENDPOINT}', 'grouped-account'),
        ...{ z: 'grouped', region: '${GROUP_REGION}', credentials: SIMULATOR_KEYS },
      },
      {
        ...mediaNode('grouped-media', 'grouped', { stream: '', config: 'grouped-account' }),
        ...{ x: 200, y: 120, wires: [[], []] },
      },
      {
        ...{ id: 'outer', type: 'group', z: 'grouped-tab', name: 'outer', nodes: ['inner'], ...size },
        env: [variable('GROUP_ENDPOINT', 'http://127.0.0.1:1'), variable('GROUP_REGION', 'us-west-2')],
      },
      {
        ...{ id: 'inner', type: 'group', z: 'grouped-tab', g: 'outer', name: 'inner', nodes: ['inside'] },
        ...{ ...size, env: [variable('GROUP_ENDPOINT', simulator.endpoint)] },
      },
      { ...instance, x: 200, y: 120, wires: [] },
    ]);
    await editor.showWorkspace('grouped');
    await editor.edit('grouped-media');
    await editor.page.locator('#kvs-get-media-stream-search').click();
    await editor.page.getByRole('listbox', { name: 'Stream' }).getByText('yard').waitFor();
    await editor.page.keyboard.press('Escape');
    await editor.cancel();
    await editor.showWorkspace('tab');
  });

  it('says in a subflow’s template what it can do, and lists by an instance where there is one', async () => {
    const editor = page();
    /** A subflow whose account and its endpoint are variables, in a tab of its own; the ids begin with a prefix. */
    const subflow = (prefix: string, instance: FlowNode[] = []): FlowNode[] => {
      const reader = mediaNode(`${prefix}-media`, prefix, { stream: '', config: `${prefix}-account` });
      const account = { name: 'ACCOUNT', value: '', type: 'kvs-config', ui: { type: 'conf-types' } };
      return [
        { id: `${prefix}-tab`, type: 'tab', label: prefix },
        { id: prefix, type: 'subflow', name: 'Camera', in: [], out: [], env: [account] },
        {
          ...simulatorConfig('${SUB_ENDPOINT}', `${prefix}-account`),
          z: prefix,
          credentials: SIMULATOR_KEYS,
        },
        { ...reader, x: 200, y: 120, wires: [[], []] },
        { ...reader, id: `${prefix}-media-2`, config: '${ACCOUNT}', x: 200, y: 200, wires: [[], []] },
        ...instance,
        { id: `${prefix}-comment`, type: 'comment', z: `${prefix}-tab`, x: 100, y: 40, name: '', info: '' },
      ];
    };
    const search = async (z: string, id: string): Promise<void> => {
      await editor.showWorkspace(z);
      await editor.edit(id);
      await editor.page.locator('#kvs-get-media-stream-search').click();
    };
    await editor.importFlow(subflow('bare'));
    for (const id of ['bare-media', 'bare-media-2']) {
      await search('bare', id);
      await waitForText(editor, 'kvs-get-media-stream-hint', /template of a subflow without an instance/);
      await editor.screenshots('kvs-get-media-in-template');
      await editor.cancel();
    }
    await editor.showWorkspace('tab');
    const env = [
      { name: 'SUB_ENDPOINT', value: simulator.endpoint, type: 'str' },
      { name: 'ACCOUNT', value: 'used-account', type: 'conf-type' },
    ];
    const front = { id: 'front', type: 'subflow:used', z: 'used-tab', name: 'front', env };
    await editor.importFlow(subflow('used', [{ ...front, x: 200, y: 120, wires: [] }]));
    for (const id of ['used-media', 'used-media-2']) {
      await search('used', id);
      await editor.page.getByRole('listbox', { name: 'Stream' }).getByText('yard').waitFor();
      await waitForText(editor, 'kvs-get-media-stream-hint', /taken from its instance “front”/);
      await editor.page.keyboard.press('Escape');
      await editor.cancel();
    }
    await editor.editConfig('kvs-config', 'used-account');
    await editor.page.locator('#kvs-config-test').click();
    await waitForText(editor, 'kvs-config-test-result', /accepts these credentials.*instance “front”/);
    await editor.screenshots('kvs-config-test-in-template');
    await editor.configCancel();
  });

  it('picks a time in local time and stores it in UTC', async () => {
    const editor = page();
    await editor.showWorkspace('tab');
    await editor.edit('media');
    await editor.field('startSelectorType').selectOption('SERVER_TIMESTAMP');
    await editor.page.locator('#kvs-get-media-time').fill('2026-01-31T08:30:00.250');
    const expected = await editor.page.evaluate(() => new Date('2026-01-31T08:30:00.250').toISOString());
    assert.equal(await editor.field('startValue').inputValue(), expected);
    assert.equal(await editor.isAtFault(editor.field('startValue')), false);
    await editor.field('startValue').fill('0');
    const epoch = await editor.page.locator('#kvs-get-media-time').inputValue();
    assert.equal(await editor.page.evaluate((local) => new Date(local).getTime(), epoch), 0);
    await editor.screenshots('kvs-get-media-time');
    await editor.page.locator('#kvs-get-media-advanced > summary').click();
    await editor.field('untilType').selectOption('at');
    await editor.page.locator('#kvs-get-media-until').fill('2026-01-31T08:30:00.250');
    assert.equal(await editor.field('untilValue').inputValue(), expected);
    await editor.screenshots('kvs-get-media-until');
    await editor.field('untilType').selectOption('chunks');
    await editor.page.locator('#kvs-get-media-until').waitFor({ state: 'hidden' });
    await editor.cancel();
  });

  it('tests kept and typed credentials, by keyboard too, and shows no secret', async () => {
    const editor = page();
    await editor.editConfig('kvs-config', 'config');
    await editor.page.locator('#kvs-config-test').focus();
    await editor.page.keyboard.press('Enter');
    const works = await waitForText(editor, 'kvs-config-test-result', /accepts these credentials/);
    assert.match(works, /the access keys\. .*streams seen: 3\..*shows when it is read\.$/);
    await editor.screenshots('kvs-config-test-works');
    await editor.configField('secretAccessKey').fill(WRONG);
    // The answer was about other values.
    await editor.page.locator('#kvs-config-test-result', { hasText: /^$/ }).waitFor({ state: 'attached' });
    await editor.page.locator('#kvs-config-test').click();
    await waitForText(editor, 'kvs-config-test-result', /It does not work.*secret access key/);
    await editor.screenshots('kvs-config-test-fails');
    assert.ok(!(await editor.page.content()).includes(WRONG));
    assert.ok(!answers.join('\n').includes(WRONG) && answers.length > 0);
    await editor.configCancel();
    assert.ok(!JSON.stringify(await editor.exported()).includes(WRONG));
  });

  it('throws nothing', () => {
    assert.deepEqual(page().errors, []);
  });
});
