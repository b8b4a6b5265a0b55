import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { SIMULATOR_KEYS } from '../../testing/collector';
import { REPOSITORY, type FlowNode } from '../../testing/node-red';
import type { EditorPage } from './editor-page';
import { inEveryEditor } from './every-editor';
import { useEditor } from './open-editor';

const ACCESS_KEY = 'AKIAIOSFODNN7EXAMPLE';
const SECRET = 'a-secret-that-must-stay-where-it-was-typed';
const TOKEN = 'a-token-that-must-stay-where-it-was-typed';

const MEDIA: FlowNode = {
  id: 'media',
  type: 'kvs-get-media',
  z: 'tab',
  x: 200,
  y: 120,
  name: '',
  version: 1,
  config: 'account',
  stream: 'demo',
  startSelectorType: 'NOW',
  startValue: '',
  emit: 'chunk',
  tracks: '',
  autoStart: false,
  resume: true,
  checkpointStore: '',
  maxInFlight: 0,
  keepTrying: true,
  stallTimeoutSeconds: 20,
  ackTimeoutSeconds: 60,
  maxChunkMB: 64,
  silentSeconds: 0,
  inheritTags: false,
  untilType: '',
  untilValue: '',
  wires: [[], []],
};

const FLOW: FlowNode[] = [
  { id: 'tab', type: 'tab', label: 'Dialogs' },
  {
    id: 'account',
    type: 'kvs-config',
    name: '',
    region: 'us-west-2',
    auth: 'keys',
    profile: '',
    endpoint: '',
  },
  MEDIA,
  { ...MEDIA, id: 'kept', y: 200 },
  {
    ...{ id: 'convert', type: 'kvs-convert', z: 'tab', x: 400, y: 120, name: '', version: 1 },
    ...{ to: 'mp4', tracks: '', intervalSeconds: 0, wires: [[], []] },
  },
  // As an older or a hand-written flow may be.
  {
    id: 'sparse',
    type: 'kvs-get-media',
    z: 'tab',
    x: 200,
    y: 280,
    config: 'account',
    stream: 'demo',
    autoStart: false,
    wires: [[], []],
  },
];

/** With keys of the test's own, since no flow file holds any. */
const EXAMPLES = fs
  .readdirSync(join(REPOSITORY, 'examples'))
  .filter((name) => !name.startsWith('needs-other-nodes'))
  .flatMap((name) => JSON.parse(fs.readFileSync(join(REPOSITORY, 'examples', name), 'utf8')) as FlowNode[])
  .filter((node, index, all) => all.findIndex(({ id }) => id === node.id) === index);

inEveryEditor('the dialogs in the editor of', (line) => {
  const running = useEditor(line, () => ({
    flows: [...FLOW, ...EXAMPLES],
    credentials: Object.fromEntries(
      [...FLOW, ...EXAMPLES]
        .filter(({ type }) => type === 'kvs-config')
        .map(({ id }) => [id, { ...SIMULATOR_KEYS }]),
    ),
  }));

  async function shownFields(editor: EditorPage, prefix: string): Promise<string[]> {
    // Node-RED fetches what it holds of the credentials before it fills in the form.
    await editor.page.locator(`.red-ui-tray #${prefix}-name`).waitFor();
    return editor.page
      .locator(`.red-ui-tray [id^="${prefix}-"]:visible`)
      .evaluateAll(
        (fields, start) =>
          fields
            .filter((field) => field.matches('input, select') && !field.id.endsWith('node-disabled'))
            .map((field) => field.id.slice(start.length + 1)),
        prefix,
      );
  }

  it('load, with the example flows valid', async () => {
    const { editor, server } = running();
    const types = new Set(EXAMPLES.map(({ type }) => type));
    assert.deepEqual(
      server.log.filter((line) => /unknown|missing types/i.test(line)),
      [],
    );
    assert.ok(types.has('kvs-get-media'));
    for (const node of EXAMPLES.filter(({ type }) => type.startsWith('kvs-'))) {
      assert.deepEqual(await editor.validity(node.id), { valid: true, validationErrors: [] });
    }
  });

  it('show of kvs-get-media the usual fields first and the others on demand, by keyboard too', async () => {
    const { editor } = running();
    await editor.edit('media');
    const usual = ['name', 'config', 'stream', 'startSelectorType', 'emit', 'autoStart', 'resume'];
    assert.deepEqual(await shownFields(editor, 'node-input'), usual);
    const hint = editor.page.locator('#kvs-get-media-memoryStore');
    assert.match(await hint.innerText(), /^Kept in memory only/, 'this Node-RED has no other store');
    await editor.screenshots('kvs-get-media');
    await editor.page.locator('#kvs-get-media-advanced > summary').focus();
    await editor.page.keyboard.press('Enter');
    const advanced = [
      'checkpointStore',
      'untilType',
      'maxInFlight',
      'stallTimeoutSeconds',
      'silentSeconds',
      'maxChunkMB',
      'inheritTags',
      'keepTrying',
    ];
    assert.deepEqual(await shownFields(editor, 'node-input'), [...usual, ...advanced]);
    await editor.field('maxInFlight').fill('2');
    assert.ok(await editor.field('ackTimeoutSeconds').isVisible());
    await editor.field('resume').uncheck();
    assert.ok(!(await editor.field('checkpointStore').isVisible()));
    assert.ok(!(await hint.isVisible()));
    await editor.field('emit').selectOption('frame');
    assert.ok(await editor.field('tracks').isVisible());
    await editor.field('startSelectorType').selectOption('FRAGMENT_NUMBER');
    assert.equal(
      await editor.page
        .locator('label[for=node-input-startValue]')
        .innerText()
        .then((text) => text.trim()),
      'Fragment number',
    );
    await editor.screenshots('kvs-get-media-advanced');
    await editor.cancel();
  });

  it('say what is wrong with a value at the field, and on the node', async () => {
    const { editor } = running();
    await editor.edit('media');
    await editor.field('stream').fill('two words');
    await editor.field('startSelectorType').selectOption('SERVER_TIMESTAMP');
    await editor.field('startValue').fill('noon');
    assert.match(await editor.reasonAt(editor.field('stream')), /^Stream: a name has letters/);
    assert.match(await editor.reasonAt(editor.field('startValue')), /^Time: a time is needed/);
    await editor.page.locator('#kvs-get-media-advanced > summary').click();
    await editor.field('maxChunkMB').fill('4096');
    assert.match(await editor.reasonAt(editor.field('maxChunkMB')), /from 1 to 1024/);
    await editor.screenshots('kvs-get-media-mistakes');
    await editor.ok();
    const { valid, validationErrors } = await editor.validity('media');
    assert.equal(valid, false);
    assert.equal(validationErrors.length, 3);
  });

  it('take environment variables anywhere, and store numbers as numbers', async () => {
    const { editor } = running();
    await editor.edit('media');
    await editor.field('stream').fill('${STREAM}');
    await editor.field('startValue').fill(' 1580000000000 ');
    await editor.field('maxChunkMB').fill('32');
    await editor.field('maxInFlight').fill('${MAX_IN_FLIGHT}');
    await editor.field('ackTimeoutSeconds').fill('1.5');
    await editor.field('autoStart').check();
    for (const property of ['stream', 'startValue', 'maxChunkMB', 'maxInFlight', 'ackTimeoutSeconds']) {
      assert.equal(await editor.isAtFault(editor.field(property)), false, property);
    }
    await editor.ok();
    assert.deepEqual(await editor.validity('media'), { valid: true, validationErrors: [] });
    assert.deepEqual(await exportedNode(editor, 'media'), {
      ...MEDIA,
      stream: '${STREAM}',
      startSelectorType: 'SERVER_TIMESTAMP',
      startValue: '1580000000000',
      maxChunkMB: 32,
      maxInFlight: '${MAX_IN_FLIGHT}',
      ackTimeoutSeconds: 1.5,
      autoStart: true,
    });
  });

  it('drop a start value when it would mean something else, or nothing', async () => {
    const { editor } = running();
    await editor.edit('media');
    const start = editor.field('startSelectorType');
    await start.selectOption('PRODUCER_TIMESTAMP');
    assert.equal(await editor.field('startValue').inputValue(), '1580000000000');
    await start.selectOption('FRAGMENT_NUMBER');
    assert.equal(await editor.field('startValue').inputValue(), '');
    await editor.field('startValue').fill('${NUMBER}');
    await start.selectOption('CONTINUATION_TOKEN');
    assert.equal(await editor.field('startValue').inputValue(), '${NUMBER}');
    await editor.field('startSelectorType').selectOption('EARLIEST');
    await editor.ok();
    assert.equal((await exportedNode(editor, 'media'))['startValue'], '');
  });

  it('change nothing when nothing was changed', async () => {
    const { editor } = running();
    await editor.edit('kept');
    await editor.ok();
    assert.deepEqual(await exportedNode(editor, 'kept'), { ...MEDIA, id: 'kept', y: 200 });
    assert.equal(await editor.isChanged('kept'), false);
  });

  it('show the defaults of what a flow leaves out, and store them', async () => {
    const { editor } = running();
    await editor.edit('sparse');
    assert.equal(await editor.field('startSelectorType').inputValue(), 'NOW');
    assert.equal(await editor.field('resume').isChecked(), true);
    assert.equal(await editor.field('autoStart').isChecked(), false);
    await editor.ok();
    assert.deepEqual(await exportedNode(editor, 'sparse'), { ...MEDIA, id: 'sparse', y: 280 });
  });

  it('show of kvs-config the fields of the chosen source, and ask for what it needs', async () => {
    const { editor } = running();
    await editor.editConfig('kvs-config', 'account');
    const keys = ['accessKeyId', 'secretAccessKey', 'sessionToken'];
    const all = (middle: readonly string[]): string[] => ['name', 'region', 'auth', ...middle, 'roleArn'];
    assert.deepEqual(await shownFields(editor, 'node-config-input'), all(keys));
    await editor.configField('accessKeyId').fill('');
    assert.match(
      await editor.reasonAt(editor.configField('accessKeyId')),
      /^Access key ID: a value is needed/,
    );
    await editor.screenshots('kvs-config-keys');
    await editor.configField('auth').selectOption('default');
    assert.deepEqual(await shownFields(editor, 'node-config-input'), all([]));
    await editor.screenshots('kvs-config-default');
    await editor.configField('auth').selectOption('profile');
    assert.deepEqual(await shownFields(editor, 'node-config-input'), all(['profile']));
    assert.match(await editor.reasonAt(editor.configField('profile')), /^Profile: a value is needed/);
    await editor.configField('region').fill('Oregon');
    assert.match(await editor.reasonAt(editor.configField('region')), /^Region: this is no AWS region/);
    await editor.page.locator('#kvs-config-network > summary').click();
    await editor.configField('endpoint').fill('http://example.org');
    assert.match(await editor.reasonAt(editor.configField('endpoint')), /^Endpoint: http:/);
    await editor.configField('endpoint').fill('127.0.0.1:4567');
    assert.match(await editor.reasonAt(editor.configField('endpoint')), /^Endpoint: begin with https:/);
    await editor.configField('region').fill('eu-centrl-1');
    assert.ok(await editor.page.locator('#kvs-config-region-hint').isVisible());
    await editor.screenshots('kvs-config-mistakes');
    await editor.configField('region').fill('eu-central-1');
    assert.ok(!(await editor.page.locator('#kvs-config-region-hint').isVisible()));
    await editor.configCancel();
  });

  it('show of kvs-convert what each form needs, and say what is wrong with it', async () => {
    const { editor } = running();
    await editor.edit('convert');
    const shown = (): Promise<string[]> => shownFields(editor, 'node-input');
    assert.deepEqual(await shown(), ['name', 'to', 'tracks', 'splitBy', 'filename']);
    await editor.screenshots('kvs-convert');
    await editor.field('splitBy').selectOption('seconds');
    await editor.field('filename').fill('{camera}.mp4');
    assert.deepEqual(await shown(), [
      ...['name', 'to', 'tracks', 'splitBy', 'splitSeconds', 'alignToClock', 'filename', 'timeZone'],
    ]);
    assert.match(await editor.reasonAt(editor.field('filename')), /^File name: use \{StreamName\}/);
    await editor.screenshots('kvs-convert-files');
    await editor.field('filename').fill('{StreamName}-{start:HHmmss}.mp4');
    await editor.field('to').selectOption('jpeg');
    assert.deepEqual(await shown(), [
      ...['name', 'to', 'tracks', 'intervalSeconds', 'anyFrame', 'width', 'quality'],
    ]);
    await editor.field('intervalSeconds').fill('often');
    assert.match(await editor.reasonAt(editor.field('intervalSeconds')), /^One every: a number is needed/);
    await editor.screenshots('kvs-convert-jpeg');
    await editor.field('intervalSeconds').fill('10');
    await editor.ok();
    const { to, intervalSeconds, splitBy, splitSeconds, filename } = await exportedNode(editor, 'convert');
    assert.deepEqual(
      [to, intervalSeconds, splitBy, splitSeconds, filename],
      ['jpeg', 10, 'seconds', 3600, '{StreamName}-{start:HHmmss}.mp4'],
    );
  });

  it('keep secrets out of the page, the export and the flow file after a deploy', async () => {
    const { editor, server } = running();
    await editor.editConfig('kvs-config', 'account');
    await editor.configField('accessKeyId').fill(ACCESS_KEY);
    await editor.configField('secretAccessKey').fill(SECRET);
    await editor.configField('sessionToken').fill(TOKEN);
    await editor.configOk();
    await editor.deploy();
    const kept = await server.admin('/credentials/kvs-config/account');
    assert.deepEqual(kept, { accessKeyId: ACCESS_KEY, has_secretAccessKey: true, has_sessionToken: true });
    await editor.reload();
    await editor.editConfig('kvs-config', 'account');
    assert.equal(await editor.configField('accessKeyId').inputValue(), ACCESS_KEY);
    assert.equal(await editor.isAtFault(editor.configField('secretAccessKey')), false);
    const seen = [
      await editor.page.content(),
      await editor.configField('secretAccessKey').inputValue(),
      await editor.configField('sessionToken').inputValue(),
      JSON.stringify(await editor.exported()),
      ...fs
        .readdirSync(server.userDir)
        .filter((name) => name.endsWith('.json'))
        .map((name) => fs.readFileSync(join(server.userDir, name), 'utf8')),
      ...server.log,
    ].join('\n');
    assert.ok(!seen.includes(SECRET) && !seen.includes(TOKEN));
    await editor.configCancel();
  });

  it('show Test and Preview without scrolling, also in a low window', async () => {
    const { editor } = running();
    const { page } = editor;
    const size = page.viewportSize() ?? { width: 1280, height: 900 };
    await page.setViewportSize({ width: 1024, height: 600 });
    try {
      await editor.edit('media');
      await editor.page.locator('#kvs-get-media-advanced').evaluate((part) => {
        part.setAttribute('open', '');
      });
      assert.ok(await isInSight(page.locator('#kvs-get-media-preview')));
      await editor.cancel();
      await editor.editConfig('kvs-config', 'account');
      await editor.page.locator('#kvs-config-network').evaluate((part) => {
        part.setAttribute('open', '');
      });
      assert.ok(await isInSight(page.locator('#kvs-config-test')));
      await editor.screenshots('kvs-config-low-window');
      await editor.configCancel();
    } finally {
      await page.setViewportSize(size);
    }
  });

  it('bind every label to its field', async () => {
    const { editor } = running();
    const unbound = async (): Promise<string[]> =>
      editor.page
        .locator('.red-ui-tray [class$="-form"] :is(input, select)')
        .evaluateAll((fields) =>
          fields
            .filter((field) => document.querySelectorAll(`label[for="${field.id}"]`).length !== 1)
            .map((field) => field.id),
        );
    for (const id of ['media', 'convert']) {
      await editor.edit(id);
      assert.deepEqual(await unbound(), []);
      await editor.cancel();
    }
    await editor.editConfig('kvs-config', 'account');
    assert.deepEqual(await unbound(), []);
    await editor.configCancel();
  });

  it('come with their help', async () => {
    const { editor } = running();
    const help = await editor.help('kvs-get-media');
    assert.match(help, /Receives live or stored video/);
    assert.match(help, /kinesisvideo:GetMedia/);
    assert.match(await editor.help('kvs-config'), /AWS default chain/);
    assert.match(await editor.help('kvs-convert'), /mp4frag/);
    await editor.screenshotPage('flow-and-help');
  });

  it('have thrown nothing', () => {
    assert.deepEqual(running().editor.errors, []);
  });
});

/** Whether the middle of an element can be clicked where it is, without anything being scrolled. */
async function isInSight(element: Locator): Promise<boolean> {
  return element.evaluate((button) => {
    const { left, top, width, height } = button.getBoundingClientRect();
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    return hit !== null && button.contains(hit);
  });
}

async function exportedNode(editor: EditorPage, id: string): Promise<FlowNode> {
  const node = (await editor.exported()).find((exported) => exported.id === id);
  assert.ok(node !== undefined);
  // The editor moves a node whose label grows.
  return { ...node, x: MEDIA['x'] };
}
