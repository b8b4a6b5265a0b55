import assert from 'node:assert/strict';
import { CONFIG_DEFAULTS } from '../../src/options';
import { Simulator } from '../../src/simulator';
import { SIMULATOR_KEYS, mediaNode, simulatorConfig } from '../../testing/collector';
import type { FlowNode } from '../../testing/node-red';
import type { EditorPage } from './editor-page';
import { inEveryEditor } from './every-editor';
import { useEditor } from './open-editor';

const ROLE = 'arn:aws:iam::123456789012:role/reader';

inEveryEditor('authentication in the editor of', (line) => {
  const simulator = new Simulator();

  before(async () => {
    simulator.addStream({ name: 'door', live: false });
    await simulator.start();
  });
  const opened = useEditor(line, () => ({
    flows: [
      { id: 'tab', type: 'tab', label: 'Ways in' },
      simulatorConfig(simulator.endpoint),
      { ...simulatorConfig(''), id: 'aws', name: 'aws', region: 'eu-west-1', auth: 'default' },
      { id: 'tls', type: 'tls-config', name: 'thing', cert: '', key: '', ca: '', verifyservercert: true },
      { id: 'proxy', type: 'http proxy', name: 'company', url: 'http://127.0.0.1:1', noproxy: [] },
      { ...mediaNode('media', 'tab', { autoStart: false, stream: '' }), x: 200, y: 120, wires: [[], []] },
    ],
    credentials: { config: SIMULATOR_KEYS },
  }));
  after(async () => {
    await simulator.stop();
  });

  const page = (): EditorPage => opened().editor;

  async function exported(id: string): Promise<FlowNode> {
    const found = (await page().exported()).find((node) => node.id === id);
    assert.ok(found !== undefined);
    return found;
  }

  async function waitForText(id: string, pattern: RegExp): Promise<string> {
    const found = page().page.locator(`#${id}`, { hasText: pattern });
    await found.waitFor();
    return found.innerText();
  }

  const isShown = (property: string): Promise<boolean> => page().configField(property).isVisible();

  it('show what goes with a role once there is one, and drop it without one', async () => {
    const editor = page();
    await editor.editConfig('kvs-config', 'aws');
    assert.equal(await isShown('externalId'), false);
    await editor.configField('roleArn').fill('reader');
    assert.match(await editor.reasonAt(editor.configField('roleArn')), /^Assume role: this is no role ARN/);
    await editor.configField('roleArn').fill(` ${ROLE} `);
    await editor.configField('externalId').fill('customer:7');
    await editor.configField('roleSessionName').fill('door');
    await editor.screenshots('kvs-config-role');
    await editor.configOk();
    const { roleArn, externalId, roleSessionName } = await exported('aws');
    assert.deepEqual([roleArn, externalId, roleSessionName], [ROLE, 'customer:7', 'door']);
    await editor.editConfig('kvs-config', 'aws');
    assert.equal(await isShown('externalId'), true);
    await editor.configField('roleArn').fill('');
    await editor.configOk();
    assert.equal((await exported('aws'))['externalId'], '');
  });

  it('ask for what AWS IoT needs, the certificate among it, and store it', async () => {
    const editor = page();
    await editor.editConfig('kvs-config', 'aws');
    await editor.configField('auth').selectOption('iot');
    for (const property of ['iotEndpoint', 'iotRoleAlias', 'tls']) {
      assert.match(await editor.reasonAt(editor.configField(property)), /: a value is needed/, property);
    }
    await editor.configField('iotEndpoint').fill('a1b2-ats.iot.eu-west-1.amazonaws.com');
    assert.match(await editor.reasonAt(editor.configField('iotEndpoint')), /\.credentials\.iot\./);
    await editor.configField('iotEndpoint').fill('a1b2.credentials.iot.eu-west-1.amazonaws.com');
    await editor.configField('iotRoleAlias').fill('cameras');
    await editor.configField('iotThingName').fill('camera-1');
    await editor.configField('tls').selectOption('tls');
    await editor.screenshots('kvs-config-iot');
    await editor.configOk();
    assert.deepEqual(await editor.validity('aws'), { valid: true, validationErrors: [] });
    const node = await exported('aws');
    const settings = Object.keys(CONFIG_DEFAULTS).map((property) => [property, node[property]]);
    assert.deepEqual(Object.fromEntries(settings), {
      ...CONFIG_DEFAULTS,
      auth: 'iot',
      iotEndpoint: 'a1b2.credentials.iot.eu-west-1.amazonaws.com',
      iotRoleAlias: 'cameras',
      iotThingName: 'camera-1',
      tls: 'tls',
    });
  });

  it('keep a dialog sound while one of the nodes it refers to is edited', async () => {
    const editor = page();
    await editor.editConfig('kvs-config', 'aws');
    await editor.page.locator('#node-config-input-btn-tls-edit').click();
    await editor.configField('iotRoleAlias').waitFor({ state: 'detached' });
    await editor.configField('servername').waitFor();
    await editor.configIsOpen();
    await editor.configCancel();
    await editor.configField('iotRoleAlias').waitFor();
    assert.equal(await editor.configField('auth').inputValue(), 'iot');
    assert.equal(await editor.configField('tls').inputValue(), 'tls');
    assert.equal(await editor.isAtFault(editor.configField('tls')), false);
    await editor.configCancel();
  });

  it('keep proxy, authority and switches in a part that opens where it is used', async () => {
    const editor = page();
    await editor.editConfig('kvs-config', 'aws');
    await editor.configField('auth').selectOption('default');
    const network = editor.page.locator('#kvs-config-network');
    if (!(await isShown('proxy'))) {
      await network.locator('> summary').click();
    }
    assert.equal(await isShown('tls'), true);
    await editor.configField('proxy').selectOption('proxy');
    await editor.configField('useFips').check();
    await editor.screenshots('kvs-config-network');
    await editor.configOk();
    const { proxy, tls, useFips, useDualstack, iotEndpoint } = await exported('aws');
    assert.deepEqual([proxy, tls, useFips, useDualstack, iotEndpoint], ['proxy', 'tls', true, false, '']);
    await editor.editConfig('kvs-config', 'aws');
    assert.equal(await isShown('useFips'), true);
    await editor.configField('proxy').selectOption('_ADD_');
    await editor.configField('tls').selectOption('_ADD_');
    await editor.configField('useFips').uncheck();
    await editor.configOk();
    assert.deepEqual([(await exported('aws'))['proxy'], (await exported('aws'))['tls']], ['', '']);
  });

  it('say of a test that its values are not deployed, or must be', async () => {
    const editor = page();
    await editor.editConfig('kvs-config', 'config');
    await editor.page.locator('#kvs-config-test').click();
    assert.doesNotMatch(await waitForText('kvs-config-test-result', /accepts/), /not deployed/);
    await editor.configField('secretAccessKey').fill(SIMULATOR_KEYS.secretAccessKey);
    await editor.configField('useDualstack').evaluate((box) => {
      (box as HTMLInputElement).click();
    });
    await editor.page.locator('#kvs-config-test').click();
    await waitForText('kvs-config-test-result', /accepts.*These values are not deployed/);
    await editor.screenshots('kvs-config-test-undeployed');
    await editor.configCancel();
    await editor.editConfig('kvs-config', 'config');
    await editor.configField('endpoint').fill('http://127.0.0.1:1');
    await editor.page.locator('#kvs-config-test').click();
    await waitForText('kvs-config-test-result', /^Deploy first, or type the keys anew/);
    await editor.configCancel();
  });

  it('search with the account as it is in the editor, and send kept keys to no endpoint that is not deployed', async () => {
    const editor = page();
    const search = async (): Promise<void> => {
      await editor.edit('media');
      await editor.page.locator('#kvs-get-media-stream-search').click();
    };
    await editor.editConfig('kvs-config', 'config');
    await editor.configField('name').fill('edited');
    await editor.configOk();
    await search();
    await editor.page.getByRole('option', { name: 'door' }).waitFor();
    assert.equal(await editor.page.locator('#kvs-get-media-stream-hint').innerText(), '');
    await editor.page.keyboard.press('Escape');
    await editor.cancel();
    await editor.editConfig('kvs-config', 'config');
    await editor.configField('endpoint').fill('http://127.0.0.1:1');
    await editor.configOk();
    await search();
    await waitForText(
      'kvs-get-media-stream-hint',
      /endpoint is not deployed, and kept keys are not sent there/,
    );
    await editor.screenshots('kvs-get-media-edited-account');
    await editor.page.keyboard.press('Escape');
    await editor.cancel();
  });

  it('throw nothing', () => {
    assert.deepEqual(page().errors, []);
  });
});
