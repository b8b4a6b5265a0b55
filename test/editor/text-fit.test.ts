import assert from 'node:assert/strict';
import type { FlowNode } from '../../testing/node-red';
import { inEveryEditor } from './every-editor';
import { useEditor } from './open-editor';
import { cutTexts } from './text-fit';

const LANGUAGES = ['en-US', 'de', 'fr', 'es-ES', 'pt-BR', 'ja', 'ko', 'zh-CN'];

const FLOW: FlowNode[] = [
  { id: 'tab', type: 'tab', label: 'Texts' },
  { id: 'account', type: 'kvs-config', name: '', region: 'xx-west-9', auth: 'default', roleArn: 'x' },
  {
    ...{ id: 'media', type: 'kvs-get-media', z: 'tab', x: 200, y: 120, config: 'account', stream: '' },
    ...{ emit: 'frame', maxInFlight: 2, autoStart: false, wires: [[], []] },
  },
  { id: 'convert', type: 'kvs-convert', z: 'tab', x: 200, y: 200, to: 'mp4', wires: [[], []] },
  { id: 'files', type: 'kvs-convert', z: 'tab', x: 200, y: 240, to: 'wav', filename: 'a', wires: [[], []] },
  {
    ...{ id: 'archive', type: 'kvs-archive', z: 'tab', x: 200, y: 280, config: 'account', stream: '' },
    ...{ output: 'url', wires: [[], []] },
  },
];

/** The lists of each dialog whose choices show other fields and hints. */
const CHOICES: [id: string, type: string, lists: string[]][] = [
  ['media', 'kvs-get-media', ['startSelectorType', 'untilType', 'emit']],
  ['convert', 'kvs-convert', ['to']],
  ['files', 'kvs-convert', ['splitBy']],
  ['archive', 'kvs-archive', ['playbackMode', 'fragmentSelectorType', 'output']],
  ['account', 'kvs-config', ['auth']],
];

function valuesOf(options: Element[]): string[] {
  return options.map((option) => option.getAttribute('value') ?? '');
}

/** The other release lays its dialogs out alike, which one language shows. */
inEveryEditor('the texts of the dialogs in the editor of', (line) => {
  const running = useEditor(line, () => ({ flows: FLOW }));

  for (const language of line.major === 5 ? LANGUAGES : LANGUAGES.slice(0, 1)) {
    it(`fit in ${language}: labels, hints, placeholders, buttons and choices`, async () => {
      const { editor } = running();
      await editor.page.evaluate((chosen) => {
        localStorage.setItem('editor-language', chosen);
      }, language);
      await editor.reload();
      const cut = new Set<string>();
      for (const [id, type, lists] of CHOICES) {
        const isAccount = type === 'kvs-config';
        await (isAccount ? editor.editConfig(type, id) : editor.edit(id));
        await editor.page.locator('.red-ui-tray details').evaluateAll((parts) => {
          parts.forEach((part) => {
            part.setAttribute('open', '');
          });
        });
        for (const list of lists) {
          const select = isAccount ? editor.configField(list) : editor.field(list);
          for (const choice of await select.locator('option').evaluateAll(valuesOf)) {
            await select.selectOption(choice);
            for (const text of [...(await editor.crampedTexts()), ...(await cutTexts(editor.page))]) {
              cut.add(`${type}: ${text}`);
            }
          }
        }
        await (isAccount ? editor.configCancel() : editor.cancel());
      }
      assert.deepEqual([...cut], []);
      assert.deepEqual(editor.errors, []);
    });
  }
});
