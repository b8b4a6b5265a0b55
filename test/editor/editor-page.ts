/** The Node-RED editor in a headless Chromium, driven as a person would, with its own API for what needs no hands. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { REPOSITORY, type FlowNode } from '../../testing/node-red';
import { darkVariables, type NodeRedLine } from '../../testing/node-red-lines';
import { NODE_TYPES } from '../nodes/definition';
import { sharedBrowser } from './browser';

const SCREENSHOTS = join(REPOSITORY, 'build', 'screenshots');
/** `KVS_SCREENSHOTS=1`: pictures to look at, of every dialog in both themes. */
const TAKES_SCREENSHOTS = process.env['KVS_SCREENSHOTS'] !== undefined;

/** What the page's own scripts see; declared here because the tests are compiled without the editor's types. */
interface EditorWindow {
  readonly jQuery: { readonly fx: { off: boolean } };
  readonly RED?: {
    readonly nodes: {
      getType(type: string): unknown;
      node(id: string): EditedNode | null;
      workspace(id: string): object | undefined;
      eachNode(look: (node: PlacedNode) => void): void;
      createCompleteNodeSet(options?: object): FlowNode[];
    };
    readonly sidebar: { show(tab: string): void; help: { show(type: string, bringToFront: boolean): void } };
    readonly workspaces: { show(id: string): void; active(): string };
    readonly actions: { invoke(name: string): void };
    readonly editor: { edit(node: unknown): void; editConfig(name: string, type: string, id: string): void };
  };
}

/** As the editor keeps it once it is drawn: its middle and its size. */
interface PlacedNode {
  readonly type: string;
  readonly name: string;
  readonly z: string;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** A node's place in its tab, px. */
export interface Box {
  readonly type: string;
  readonly name: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

interface EditedNode {
  readonly valid: boolean;
  readonly validationErrors: readonly string[];
  readonly changed?: boolean;
}

declare const window: EditorWindow;

/** The editor's library for diagrams, which none of our texts has, takes a quarter of the time to load the page. */
async function leaveOutDiagrams(page: Page): Promise<void> {
  const browser = await page.context().newCDPSession(page);
  await browser.send('Network.enable');
  await browser.send('Network.setBlockedURLs', { urls: ['*/mermaid.min.js*'] });
}

export interface OpenOptions {
  /** The browser's, which Node-RED's editor follows unless it is told otherwise. */
  readonly locale?: string;
  readonly ignoreHTTPSErrors?: boolean;
}

export class EditorPage {
  /** Uncaught errors of the page, and what Node-RED logs when a dialog's own code throws. */
  readonly errors: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly line: NodeRedLine,
  ) {}

  /** A window of its own in the browser that all suites share: no cookies and no storage of others. */
  static async open(
    url: string,
    line: NodeRedLine,
    { locale = 'en-US', ignoreHTTPSErrors = false }: OpenOptions = {},
  ): Promise<EditorPage> {
    const browser = await sharedBrowser();
    const context = await browser.newContext({
      ...{ locale, ignoreHTTPSErrors, viewport: { width: 1280, height: 900 } },
    });
    const page = await context.newPage();
    const editor = new EditorPage(page, line);
    page.on('pageerror', (error) => editor.errors.push(error.stack ?? error.message));
    page.on('console', (message) => {
      if (/^(oneditprepare|oneditsave|oneditcancel|Validation error)/.test(message.text())) {
        editor.errors.push(message.text());
      }
    });
    page.setDefaultTimeout(20_000);
    await leaveOutDiagrams(page);
    await page.goto(url);
    await editor.isReady();
    return editor;
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.isReady();
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  /** After a failure: a picture of what was seen, and the page as it is when one opens it. */
  async recover(title: string): Promise<void> {
    fs.mkdirSync(SCREENSHOTS, { recursive: true });
    const name = title.replace(/\W+/g, '-').slice(0, 150);
    await this.page.screenshot({ path: join(SCREENSHOTS, `failed-${name}.png`) });
    await this.reload();
  }

  /** Closes whatever a test has left open, so that the next one finds the workspace. */
  async settle(): Promise<void> {
    const dialogs = this.page.locator('#red-ui-clipboard-dialog-cancel:visible');
    const trays = this.page.locator('#node-config-dialog-cancel, #node-dialog-cancel');
    while ((await dialogs.count()) > 0) {
      await this.leave(dialogs.first(), 'hidden');
    }
    while ((await trays.count()) > 0) {
      await this.leave(trays.last());
    }
    await this.closeNotifications();
  }

  /** Drags a node from the palette to a place in the workspace, from its upper left corner. */
  async dragIn(type: string, x: number, y: number): Promise<Locator> {
    const { mouse } = this.page;
    const search = this.page.locator('#red-ui-palette-search input');
    await search.fill(type);
    // It searches at a key, and a moment after it; the entries then change their places.
    await search.press('End');
    const entry = this.page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
    const known = (await this.exported()).map(({ id }) => id);
    await this.page
      .locator(`.red-ui-palette-node:visible:not([data-palette-type*="${type}"])`)
      .first()
      .waitFor({ state: 'detached' });
    const space = await this.page.locator('#red-ui-workspace-chart').boundingBox();
    assert.ok(space !== null);
    await entry.hover();
    await mouse.down();
    await mouse.move(space.x + x, space.y + y, { steps: 10 });
    await mouse.up();
    // The editor would remember what was searched for.
    await search.fill('');
    await search.press('End');
    const dropped = await this.page.waitForFunction(
      (ids) => window.RED?.nodes.createCompleteNodeSet().find(({ id }) => !ids.includes(id))?.id,
      known,
    );
    return this.nodeOf((await dropped.jsonValue()) ?? '');
  }

  /** Drags a wire from an output to the input of another node. */
  async wire(from: Locator, output: number, to: Locator): Promise<void> {
    const { mouse } = this.page;
    const port = from.locator('.red-ui-flow-port-output .red-ui-flow-port').nth(output);
    await port.hover();
    // Ports are small and close together: the editor itself has to take this one for the one that is pointed at.
    await from
      .page()
      .waitForFunction(
        (element) => element.classList.contains('red-ui-flow-port-hovered'),
        await port.elementHandle(),
      );
    await mouse.down();
    const end = await to.locator('.red-ui-flow-port-input .red-ui-flow-port').boundingBox();
    assert.ok(end !== null);
    await mouse.move(end.x + end.width / 2, end.y + end.height / 2, { steps: 10 });
    await mouse.up();
  }

  /** A node in the workspace that is shown. */
  nodeOf(id: string): Locator {
    return this.page.locator(`[id="${id}"]`);
  }

  /** Imports a flow, with its tab, as one pastes it. */
  async importFlow(nodes: readonly FlowNode[]): Promise<void> {
    await this.page.evaluate(() => {
      window.RED?.actions.invoke('core:show-import-dialog');
    });
    const text = this.page.locator('#red-ui-clipboard-dialog-import-text');
    await text.fill(JSON.stringify(nodes));
    // The dialog looks at the text at the next key.
    await text.press('End');
    await this.page.locator('#red-ui-clipboard-dialog-ok').click();
    const tab = nodes.find(({ type }) => type === 'tab');
    await this.page.waitForFunction((id) => window.RED?.nodes.workspace(id) !== undefined, tab?.id ?? '');
    await this.page.evaluate((id) => {
      window.RED?.workspaces.show(id);
    }, tab?.id ?? '');
    await this.nodeOf(nodes.at(-1)?.id ?? '').waitFor();
    await this.closeNotifications();
  }

  /** Imports a flow beside those that are there: the editor gives it other ids, and keeps config nodes that are equal. */
  async importCopy(nodes: readonly FlowNode[]): Promise<void> {
    const known = new Set((await this.exported()).map(({ id }) => id));
    await this.page.evaluate(() => {
      window.RED?.actions.invoke('core:show-import-dialog');
    });
    const text = this.page.locator('#red-ui-clipboard-dialog-import-text');
    await text.fill(JSON.stringify(nodes));
    await text.press('End');
    await this.page.locator('#red-ui-clipboard-dialog-ok').click();
    if (nodes.some(({ id }) => known.has(id))) {
      const copy = this.page.getByRole('button', { name: 'Import copy', exact: true });
      await copy.click();
      // The question slides away; the next import must not find two.
      await copy.waitFor({ state: 'detached' });
    }
    const found = await this.page.waitForFunction(
      (ids) => {
        const all = window.RED?.nodes.createCompleteNodeSet() ?? [];
        const tab = all.find(({ id, type }) => type === 'tab' && !ids.includes(id));
        const last = all.filter(({ z }) => tab !== undefined && z === tab.id).at(-1);
        return tab === undefined || last === undefined ? undefined : { tab: tab.id, last: last.id };
      },
      [...known],
    );
    const { tab = '', last = '' } = (await found.jsonValue()) ?? {};
    await this.page.evaluate((id) => {
      window.RED?.workspaces.show(id);
    }, tab);
    await this.nodeOf(last).waitFor();
    await this.closeNotifications();
  }

  /** Where the nodes of the tab that is shown are, px. */
  async boxes(): Promise<Box[]> {
    return this.page.evaluate(() => {
      const tab = window.RED?.workspaces.active();
      const boxes: Box[] = [];
      window.RED?.nodes.eachNode((node) => {
        if (node.z === tab) {
          const { type, name, x, y, w, h } = node;
          boxes.push({
            type,
            name: name === '' ? type : name,
            ...{ left: x - w / 2, right: x + w / 2, top: y - h / 2, bottom: y + h / 2 },
          });
        }
      });
      return boxes;
    });
  }

  /** Shows a tab, or the template of a subflow. */
  async showWorkspace(id: string): Promise<void> {
    await this.page.evaluate((workspace) => {
      window.RED?.workspaces.show(workspace);
    }, id);
  }

  /** Opens the dialog of a node in the workspace. */
  async open(node: Locator): Promise<void> {
    await node.dblclick();
    await this.trayIsStill('#node-dialog-ok');
  }

  async configIsOpen(): Promise<void> {
    await this.trayIsStill('#node-config-dialog-ok');
  }

  async showDebug(): Promise<void> {
    await this.page.evaluate(() => {
      window.RED?.sidebar.show('debug');
    });
  }

  /** Resolves when the status under a node fits. */
  async status(node: Locator, pattern: RegExp): Promise<void> {
    await node.locator('.red-ui-flow-node-status-label', { hasText: pattern }).waitFor({ timeout: 30_000 });
  }

  /** What the dialog for exports shows of all flows. */
  async exportDialog(): Promise<string> {
    await this.page.evaluate(() => {
      window.RED?.actions.invoke('core:show-export-dialog');
    });
    await this.page.locator('#red-ui-clipboard-dialog-export-rng-full').click();
    const text = await this.page.locator('#red-ui-clipboard-dialog-export-text').inputValue();
    await this.page.locator('#red-ui-clipboard-dialog-cancel').click();
    return text;
  }

  async edit(id: string): Promise<void> {
    await this.page.evaluate((nodeId) => {
      window.RED?.editor.edit(window.RED.nodes.node(nodeId));
    }, id);
    await this.trayIsStill('#node-dialog-ok');
  }

  async editConfig(type: string, id: string): Promise<void> {
    await this.page.evaluate(
      ([nodeType, nodeId]) => {
        window.RED?.editor.editConfig('', nodeType, nodeId);
      },
      [type, id] as const,
    );
    await this.trayIsStill('#node-config-dialog-ok');
  }

  async ok(): Promise<void> {
    await this.leave(this.page.locator('#node-dialog-ok'));
  }

  async cancel(): Promise<void> {
    await this.leave(this.page.locator('#node-dialog-cancel'));
  }

  async configOk(): Promise<void> {
    await this.leave(this.page.locator('#node-config-dialog-ok'));
  }

  async configCancel(): Promise<void> {
    await this.leave(this.page.locator('#node-config-dialog-cancel'));
  }

  field(property: string): Locator {
    return this.page.locator(`#node-input-${property}`);
  }

  configField(property: string): Locator {
    return this.page.locator(`#node-config-input-${property}`);
  }

  async labelOf(field: Locator): Promise<string> {
    const id = (await field.getAttribute('id')) ?? '';
    return (await this.page.locator(`.red-ui-tray label[for="${id}"]`).innerText()).trim();
  }

  /** The reason that the editor shows at a field at fault when the pointer is over it. */
  async reasonAt(field: Locator): Promise<string> {
    await field.page().mouse.move(5, 5);
    await field.blur();
    // The editor validates after it has shown the dialog, and gives the field its tooltip then: a pointer that is over
    // the field before that opens none.
    await field.and(field.page().locator('.input-error')).waitFor();
    await field.hover();
    const popover = field.page().locator('.red-ui-popover').last();
    await popover.waitFor();
    const text = (await popover.textContent()) ?? '';
    await field.page().mouse.move(5, 5);
    await popover.waitFor({ state: 'detached' });
    return text;
  }

  async isAtFault(field: Locator): Promise<boolean> {
    return /\binput-error\b/.test((await field.getAttribute('class')) ?? '');
  }

  async validity(id: string): Promise<EditedNode> {
    return this.page.evaluate((nodeId) => {
      const node = window.RED?.nodes.node(nodeId);
      return { valid: node?.valid ?? false, validationErrors: node?.validationErrors ?? [] };
    }, id);
  }

  /** Whether the editor would send the node with the next deploy of modified nodes. */
  async isChanged(id: string): Promise<boolean> {
    return this.page.evaluate((nodeId) => window.RED?.nodes.node(nodeId)?.changed === true, id);
  }

  /** The text of the help sidebar for a node type. */
  async help(type: string): Promise<string> {
    await this.page.evaluate((nodeType) => {
      window.RED?.sidebar.help.show(nodeType, true);
    }, type);
    const text = this.page.locator('.red-ui-help').last();
    await text.waitFor();
    return text.innerText();
  }

  /** The nodes as an export holds them. */
  async exported(): Promise<FlowNode[]> {
    return this.page.evaluate(() => window.RED?.nodes.createCompleteNodeSet({ credentials: false }) ?? []);
  }

  /** @param anyway whether the editor will ask because of nodes that are not properly configured */
  async deploy({ anyway = false } = {}): Promise<void> {
    const answered = this.page.waitForResponse(
      (response) => response.url().endsWith('/flows') && response.request().method() === 'POST',
    );
    await this.page.locator('#red-ui-header-button-deploy').click();
    if (anyway) {
      await this.page.getByRole('button', { name: 'Confirm deploy' }).click();
    }
    await answered;
    // The page, too, has taken the answer in: nothing is left to be deployed.
    await this.page.locator('#red-ui-header-button-deploy.disabled').waitFor();
    await this.closeNotifications();
  }

  /** One picture of the open dialog in each theme. */
  async screenshots(name: string): Promise<void> {
    const dialog = this.page.locator('.red-ui-tray').last();
    await this.inBothThemes(async (theme) => {
      await dialog.screenshot({ path: this.fileOf(`${name}-${theme}`) });
    });
  }

  async screenshotPage(name: string): Promise<void> {
    await this.inBothThemes(async (theme) => {
      await this.page.screenshot({ path: this.fileOf(`${name}-${theme}`) });
    });
  }

  /** Leaves the editor in its light theme. */
  private async inBothThemes(look: (theme: 'light' | 'dark') => Promise<void>): Promise<void> {
    if (!TAKES_SCREENSHOTS) {
      return;
    }
    await this.page.mouse.move(5, 5);
    await look('light');
    // Node-RED 4 has no dark theme of its own, but themes for it set the same variables.
    const variables = this.line.major === 4 ? darkVariables() : undefined;
    if (variables === '') {
      // They are taken from an installation of Node-RED 5, which is not here.
      return;
    }
    const style = variables === undefined ? undefined : await this.page.addStyleTag({ content: variables });
    const root = this.page.locator('html');
    await root.evaluate((html) => {
      html.classList.add('nr-theme-dark');
    });
    await look('dark');
    await root.evaluate((html) => {
      html.classList.remove('nr-theme-dark');
    });
    await style?.evaluate((element) => {
      element.parentNode?.removeChild(element);
    });
  }

  /** One picture of the open dialog as it is. */
  async picture(name: string): Promise<void> {
    if (TAKES_SCREENSHOTS) {
      const dialog = this.page.locator('.red-ui-tray').last();
      await dialog.screenshot({ path: this.fileOf(name) });
    }
  }

  private fileOf(name: string): string {
    fs.mkdirSync(SCREENSHOTS, { recursive: true });
    return join(SCREENSHOTS, `node-red-${this.line.major}-${name}.png`);
  }

  /** They lie over the buttons of dialogs for some seconds, so that a click would have to wait for them. */
  private async closeNotifications(): Promise<void> {
    await this.page.evaluate(() => {
      const shown = document.querySelectorAll<HTMLElement & { close?: () => void }>('.red-ui-notification');
      for (const notification of shown) {
        notification.close?.();
      }
    });
    await this.page.locator('.red-ui-notification').first().waitFor({ state: 'detached' });
  }

  private async isReady(): Promise<void> {
    await this.page.waitForFunction(
      (names) => names.every((name) => window.RED?.nodes.getType(name) !== undefined),
      [...NODE_TYPES],
    );
    await this.page.locator('#red-ui-loading-progress').waitFor({ state: 'hidden' });
    await this.page.locator('#red-ui-palette-container .red-ui-palette-node').first().waitFor();
    // The editor's animations are not what is tested, and a click while something moves may go astray.
    await this.page.addStyleTag({
      content: '*, *::before, *::after { transition: none !important; animation: none !important; }',
    });
    await this.page.evaluate(() => {
      window.jQuery.fx.off = true;
    });
  }

  /**
   * The editor moves the dialog in, and a moment later puts the focus into it: who types before that may see the rest
   * go to another field.
   */
  private async trayIsStill(button: string): Promise<void> {
    await this.page.locator(button).waitFor();
    await this.page.waitForFunction(() => {
      const tray = [...document.querySelectorAll('.red-ui-tray')].at(-1);
      return (
        tray !== undefined && getComputedStyle(tray).right === '0px' && tray.contains(document.activeElement)
      );
    });
  }

  private async leave(button: Locator, state: 'detached' | 'hidden' = 'detached'): Promise<void> {
    // The locator might match the next dialog's button once this one is gone.
    const pressed = await button.elementHandle();
    await button.click();
    await pressed.waitForElementState('hidden');
    if (state === 'detached') {
      await this.page.waitForFunction((element) => !element.isConnected, pressed);
    }
  }
}
