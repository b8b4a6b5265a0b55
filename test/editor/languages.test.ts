import assert from 'node:assert/strict';
import type { FlowNode } from '../../testing/node-red';
import type { NodeRedLine } from '../../testing/node-red-lines';
import { useNodeRed, type SharedNodeRed } from '../../testing/shared-node-red';
import { catalogue } from '../nodes/definition';
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
];

/** What a browser says it prefers, and the language that Node-RED is to take for it. */
const BROWSERS: [locale: string, language: string][] = [
  ['de-DE', 'de'],
  ['ja-JP', 'ja'],
  ['zh-CN', 'zh-CN'],
  ['fr-CA', 'fr'],
  ['es-ES', 'es-ES'],
  ['pt-BR', 'pt-BR'],
  ['ko-KR', 'ko'],
];

/** How the help of kvs-get-media begins. */
const FIRST_WORDS: Readonly<Record<string, RegExp>> = {
  de: /Empfängt Live-/,
  ja: /ライブまたは保存された映像を受信/,
  'zh-CN': /接收实时或已存储的视频/,
  fr: /Reçoit la vidéo/,
  'es-ES': /Recibe vídeo/,
  'pt-BR': /Recebe vídeo/,
  ko: /실시간 또는 저장된 영상/,
};

/** All of them in one release; that the other one takes translations shows with the first. */
const browsersFor = ({ major }: NodeRedLine): typeof BROWSERS =>
  major === 5 ? BROWSERS : BROWSERS.slice(0, 1);

inEveryEditor('the languages of the editor of', (line) => {
  let server: SharedNodeRed | undefined;
  let editor: EditorPage | undefined;

  before(async () => {
    server = await useNodeRed(line, FLOW);
  });
  afterEach(async () => {
    await editor?.close();
    editor = undefined;
  });

  for (const [locale, language] of browsersFor(line)) {
    it(`show ${language} to a browser that prefers ${locale}, with room for every label`, async () => {
      assert.ok(server !== undefined);
      const opened = await EditorPage.open(server.url, line, { locale });
      editor = opened;
      const media = catalogue(language, 'kvs-get-media');
      const config = catalogue(language, 'kvs-config');
      const label = (texts: ReadonlyMap<string, string>, key: string): string => texts.get(key) ?? '';

      await opened.edit('media');
      assert.equal(await opened.labelOf(opened.field('stream')), label(media, 'kvs-get-media.label.stream'));
      assert.equal(
        await opened.labelOf(opened.field('startValue')),
        label(media, 'kvs-get-media.startValue.time'),
      );
      assert.deepEqual(await opened.crampedTexts(), []);
      await opened.picture(`kvs-get-media-${language}`);
      await opened.field('stream').fill('');
      assert.equal(
        await opened.reasonAt(opened.field('stream')),
        `${label(media, 'kvs-get-media.label.stream')}: ${label(media, 'kvs-get-media.problem.missing')}`,
      );
      await opened.cancel();

      await opened.editConfig('kvs-config', 'account');
      assert.equal(await opened.labelOf(opened.configField('auth')), label(config, 'kvs-config.label.auth'));
      await opened.configField('auth').selectOption('keys');
      assert.deepEqual(await opened.crampedTexts(), []);
      await opened.picture(`kvs-config-${language}`);
      await opened.configCancel();

      assert.match(await opened.help('kvs-get-media'), FIRST_WORDS[language] ?? /^$/);
      assert.deepEqual(opened.errors, []);
    });
  }
});
