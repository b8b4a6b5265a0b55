import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY, type FlowNode } from '../../testing/node-red';
import type { Box, EditorPage } from './editor-page';
import { inEveryEditor } from './every-editor';
import { useEditor } from './open-editor';

/** Examples, and the cookbook's flows, that need no other package. */
const FILES = ['examples', 'docs/cookbook'].flatMap((folder) =>
  readdirSync(join(REPOSITORY, folder))
    .filter((name) => name.endsWith('.json') && !name.startsWith('needs-other-nodes'))
    .map((name) => join(folder, name))
    .sort(),
);
/** The status under a node takes this much, px. */
const STATUS = 16;
const HAVE_STATUS = /^(kvs-|file|http request|mqtt)/;

function flow(file: string): FlowNode[] {
  return JSON.parse(readFileSync(join(REPOSITORY, file), 'utf8')) as FlowNode[];
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

inEveryEditor('the examples and recipes in the editor of', (line) => {
  const opened = useEditor(line, () => ({ flows: [{ id: 'first', type: 'tab', label: 'First' }] }));
  const page = (): EditorPage => opened().editor;

  for (const file of FILES) {
    it(`${file}: no node is on another or on its status`, async () => {
      const editor = page();
      await editor.importCopy(flow(file));
      const boxes = (await editor.boxes()).map((box) => ({
        ...box,
        bottom: box.bottom + (HAVE_STATUS.test(box.type) ? STATUS : 0),
      }));
      const problems = boxes.flatMap((a, i) =>
        boxes.slice(i + 1).flatMap((b) => (overlap(a, b) ? [`${a.name} and ${b.name}`] : [])),
      );
      assert.deepEqual(problems, []);
      assert.deepEqual(
        boxes.filter(({ left, top }) => left < 0 || top < 0),
        [],
      );
    });
  }

  it('imported together they share one account', async () => {
    const accounts = (await page().exported()).filter(({ type }) => type === 'kvs-config');
    assert.equal(accounts.length, 1);
  });

  it('open without a mistake of the page', () => {
    assert.deepEqual(page().errors, []);
  });
});
