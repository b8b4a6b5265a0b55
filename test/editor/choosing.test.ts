import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { Simulator } from '../../src/simulator';
import { SIMULATOR_KEYS, mediaNode, simulatorConfig } from '../support/collector';
import type { RunningNodeRed } from '../support/node-red';
import { REPOSITORY, startNodeRed } from '../support/node-red';
import { NODE_TYPES } from './definition';
import { CHROMIUM, EditorPage } from './editor-page';

const WRONG = 'a-wrong-secret-that-must-not-come-back';

describe('choosing a stream and testing credentials in a real editor', function () {
  this.timeout(60_000);
  const simulator = new Simulator();
  let server: RunningNodeRed | undefined;
  let opened: EditorPage | undefined;
  const answers: string[] = [];

  before(async function () {
    const built = fs.existsSync(join(REPOSITORY, 'dist/nodes/kvs-get-media.html'));
    if (CHROMIUM === undefined || !built) {
      this.test?.parent?.tests.forEach((test) => {
        test.title += CHROMIUM === undefined ? ' (no Chromium here)' : ' (run npm run build first)';
      });
      this.skip();
    }
    for (const name of ['door', 'door-2', 'yard']) {
      simulator.addStream({ name, live: false });
    }
    const { endpoint } = await simulator.start();
    const media = { ...mediaNode('media', 'tab', { autoStart: false }), x: 200, y: 120, stream: '' };
    server = await startNodeRed({
      flows: [
        { id: 'tab', type: 'tab', label: 'Choosing' },
        simulatorConfig(endpoint),
        { ...media, wires: [[], []] },
        { ...media, id: 'lost', config: '', y: 200, wires: [[], []] },
      ],
      credentials: { config: SIMULATOR_KEYS },
    });
    opened = await EditorPage.open(server.url, NODE_TYPES);
    opened.page.on('response', (response) => {
      if (response.url().includes('/kvs-config/')) {
        response.text().then(
          (text) => answers.push(text),
          () => answers.push('(gone)'),
        );
      }
    });
  });

  after(async () => {
    await opened?.close();
    await server?.stop();
    await simulator.stop();
  });

  function page(): EditorPage {
    assert.ok(opened !== undefined);
    return opened;
  }

  async function waitForText(editor: EditorPage, id: string, pattern: RegExp): Promise<string> {
    const found = editor.page.locator(`#${id}`, { hasText: pattern });
    await found.waitFor();
    return found.innerText();
  }

  it('offers the streams of the account, narrowed as one types, and takes the chosen one', async () => {
    const editor = page();
    await editor.edit('media');
    await editor.page.locator('#kvs-get-media-stream-search').click();
    const list = editor.page.locator('.red-ui-autoComplete-container');
    await list.getByText('yard').waitFor();
    assert.match(await list.innerText(), /door\s+ACTIVE · kept 1 h/);
    await editor.screenshots('kvs-get-media-streams');
    await editor.screenshotPage('kvs-get-media-streams-page');
    await editor.page.keyboard.press('Escape');
    await editor.field('stream').pressSequentially('door');
    await list.getByText('door-2').waitFor();
    assert.equal(await list.getByText('yard').count(), 0);
    await list.getByText('door-2').click();
    assert.equal(await editor.field('stream').inputValue(), 'door-2');
    await editor.ok();
    const node = (await editor.exported()).find(({ id }) => id === 'media');
    assert.equal(node?.['stream'], 'door-2');
  });

  it('keeps what was typed and is no stream of the account', async () => {
    const editor = page();
    await editor.edit('media');
    await editor.field('stream').fill('');
    await editor.field('stream').pressSequentially('doo');
    await editor.page.locator('.red-ui-autoComplete-container').getByText('as typed').waitFor();
    await editor.page.keyboard.press('Tab');
    assert.equal(await editor.field('stream').inputValue(), 'doo');
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

  it('says that an account must be deployed before its streams can be listed', async () => {
    const editor = page();
    await editor.page.route('**/kvs-config/config/streams**', (route) =>
      route.continue({ url: route.request().url().replace('/config/streams', '/undeployed/streams') }),
    );
    await editor.edit('media');
    await editor.page.locator('#kvs-get-media-stream-search').click();
    await waitForText(editor, 'kvs-get-media-stream-hint', /not deployed yet/);
    await editor.cancel();
  });

  it('picks a time in local time and stores it in UTC', async () => {
    const editor = page();
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
    await editor.cancel();
  });

  it('tests kept and typed credentials, by keyboard too, and shows no secret', async () => {
    const editor = page();
    await editor.editConfig('kvs-config', 'config');
    await editor.page.locator('#kvs-config-test').focus();
    await editor.page.keyboard.press('Enter');
    const works = await waitForText(editor, 'kvs-config-test-result', /It works/);
    assert.match(works, /Streams seen: 3/);
    await editor.screenshots('kvs-config-test-works');
    await editor.configField('secretAccessKey').fill(WRONG);
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
