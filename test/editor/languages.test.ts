import assert from 'node:assert/strict';
import type { FlowNode } from '../../testing/node-red';
import type { NodeRedLine } from '../../testing/node-red-lines';
import { useNodeRed, type SharedNodeRed } from '../../testing/shared-node-red';
import { catalogue } from '../nodes/definition';
import { cutTexts } from './cut-texts';
import { EditorPage } from './editor-page';
import { inEveryEditor } from './every-editor';

const FLOW: FlowNode[] = [
  { id: 'tab', type: 'tab', label: 'Languages' },
  { id: 'account', type: 'kvs-config', name: '', region: '', auth: 'default', profile: '', endpoint: '' },
  {
    ...{ id: 'media', type: 'kvs-get-media', z: 'tab', x: 200, y: 120, config: 'account', stream: 'demo' },
    // Every field that there is.
    ...{ startSelectorType: 'SERVER_TIMESTAMP', startValue: '0', emit: 'frame', maxInFlight: 2 },
    ...{ autoStart: false, wires: [[], []] },
  },
  // What follows has settings at fault, and choices that show other fields and hints.
  { id: 'faulty', type: 'kvs-config', name: '', region: 'xx-west-9', auth: 'default', roleArn: 'x' },
  {
    ...{ id: 'bare', type: 'kvs-get-media', z: 'tab', x: 200, y: 160, config: 'faulty', stream: '' },
    ...{ emit: 'frame', maxInFlight: 2, autoStart: false, wires: [[], []] },
  },
  { id: 'convert', type: 'kvs-convert', z: 'tab', x: 200, y: 200, to: 'mp4', wires: [[], []] },
  { id: 'files', type: 'kvs-convert', z: 'tab', x: 200, y: 240, to: 'wav', filename: 'a', wires: [[], []] },
  {
    ...{ id: 'archive', type: 'kvs-archive', z: 'tab', x: 200, y: 280, config: 'faulty', stream: '' },
    ...{ output: 'url', wires: [[], []] },
  },
  { id: 'fleet', type: 'kvs-fleet', z: 'tab', x: 200, y: 320, config: 'faulty', wires: [[], [], []] },
];

/** The lists of each dialog whose choices show other fields and hints. */
const CHOICES: [id: string, type: string, lists: string[]][] = [
  ['bare', 'kvs-get-media', ['startSelectorType', 'untilType', 'emit']],
  ['convert', 'kvs-convert', ['to']],
  ['files', 'kvs-convert', ['splitBy']],
  ['archive', 'kvs-archive', ['playbackMode', 'fragmentSelectorType', 'output']],
  ['fleet', 'kvs-fleet', ['selectBy', 'coordination']],
  ['faulty', 'kvs-config', ['auth']],
];

/** What a browser says it prefers, the language that Node-RED is to take for it, and how kvs-get-media's help begins. */
const BROWSERS: [locale: string, language: string, help: RegExp][] = [
  ['de-DE', 'de', /Empfängt Live-/],
  ['en-GB', 'en-US', /Receives live/],
  ['ja-JP', 'ja', /ライブまたは保存された映像を受信/],
  ['zh-CN', 'zh-CN', /接收实时或已存储的视频/],
  ['fr-CA', 'fr', /Reçoit la vidéo/],
  ['es-ES', 'es-ES', /Recibe vídeo/],
  ['pt-BR', 'pt-BR', /Recebe vídeo/],
  ['ko-KR', 'ko', /실시간 또는 저장된 영상/],
];

/**
 * All of them in one release; that the other one takes translations and lays its dialogs out alike shows with the first.
 */
const browsersFor = ({ major }: NodeRedLine): typeof BROWSERS =>
  major === 5 ? BROWSERS : BROWSERS.slice(0, 1);

inEveryEditor('the languages of the editor of', (line) => {
  let server: SharedNodeRed | undefined;

  before(async () => {
    server = await useNodeRed(line, FLOW);
  });

  for (const [locale, language, firstWords] of browsersFor(line)) {
    describe(`${language}, for a browser that prefers ${locale},`, () => {
      let editor: EditorPage | undefined;

      before(async () => {
        assert.ok(server !== undefined);
        editor = await EditorPage.open(server.url, line, { locale });
      });
      afterEach(async () => {
        await editor?.settle();
      });
      after(async () => {
        await editor?.close();
      });

      it('is shown in dialogs and help, with room for every label', async () => {
        assert.ok(editor !== undefined);
        const media = catalogue(language, 'kvs-get-media');
        const config = catalogue(language, 'kvs-config');
        const label = (texts: ReadonlyMap<string, string>, key: string): string => texts.get(key) ?? '';

        await editor.edit('media');
        assert.equal(
          await editor.labelOf(editor.field('stream')),
          label(media, 'kvs-get-media.label.stream'),
        );
        assert.equal(
          await editor.labelOf(editor.field('startValue')),
          label(media, 'kvs-get-media.startValue.time'),
        );
        assert.deepEqual(await cutTexts(editor.page), []);
        await editor.picture(`kvs-get-media-${language}`);
        await editor.field('stream').fill('');
        assert.equal(
          await editor.reasonAt(editor.field('stream')),
          `${label(media, 'kvs-get-media.label.stream')}: ${label(media, 'kvs-get-media.problem.missing')}`,
        );
        await editor.cancel();

        await editor.editConfig('kvs-config', 'account');
        assert.equal(
          await editor.labelOf(editor.configField('auth')),
          label(config, 'kvs-config.label.auth'),
        );
        await editor.configField('auth').selectOption('keys');
        assert.deepEqual(await cutTexts(editor.page), []);
        await editor.picture(`kvs-config-${language}`);
        await editor.configCancel();

        assert.match(await editor.help('kvs-get-media'), firstWords);
        assert.deepEqual(editor.errors, []);
      });

      it('fits: labels, hints, placeholders, buttons and choices', async () => {
        assert.ok(editor !== undefined);
        const cut = new Set<string>();
        for (const [id, type, lists] of CHOICES) {
          const isAccount = type === 'kvs-config';
          await (isAccount ? editor.editConfig(type, id) : editor.edit(id));
          await editor.page.locator('.red-ui-tray details').evaluateAll((parts) => {
            parts.forEach((part) => {
              part.setAttribute('open', '');
            });
          });
          const prefix = isAccount ? 'node-config-input' : 'node-input';
          const ids = lists.map((list) => `${prefix}-${list}`);
          for (const text of await cutTexts(editor.page, ids)) {
            cut.add(`${type}: ${text}`);
          }
          await (isAccount ? editor.configCancel() : editor.cancel());
        }
        assert.deepEqual([...cut], []);
        assert.deepEqual(editor.errors, []);
      });
    });
  }
});
