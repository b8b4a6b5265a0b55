/** The editor of a suite: its flows in the shared Node-RED, and a page that each test finds as it should be. */
import assert from 'node:assert/strict';
import type { FlowCredentials, FlowNode } from '../../testing/node-red';
import type { NodeRedLine } from '../../testing/node-red-lines';
import { useNodeRed, type SharedNodeRed } from '../../testing/shared-node-red';
import { EditorPage } from './editor-page';

export interface OpenEditor {
  readonly editor: EditorPage;
  readonly server: SharedNodeRed;
}

interface Deployed {
  readonly flows: readonly FlowNode[];
  readonly credentials?: FlowCredentials;
}

/**
 * Registers the hooks that open and close it. After each test dialogs and notifications are closed; after one that
 * failed there is a picture in `build/screenshots/`, and the page is loaded anew.
 *
 * @param given called once the hooks that were registered before have run
 * @returns the editor, for tests and for hooks that are registered later
 */
export function useEditor(line: NodeRedLine, given: () => Deployed): () => OpenEditor {
  let opened: OpenEditor | undefined;

  before(async () => {
    const { flows, credentials } = given();
    const server = await useNodeRed(line, flows, credentials);
    opened = { server, editor: await EditorPage.open(server.url, line) };
  });
  afterEach(async function () {
    const { currentTest } = this;
    if (currentTest?.state === 'failed') {
      await opened?.editor.recover(currentTest.fullTitle());
    } else {
      await opened?.editor.settle();
    }
  });
  after(async () => {
    await opened?.editor.close();
  });

  return () => {
    assert.ok(opened !== undefined);
    return opened;
  };
}
