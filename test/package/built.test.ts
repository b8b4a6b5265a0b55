import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { GET_MEDIA_DEFAULTS } from '../../src/options';
import { REPOSITORY } from '../../testing/node-red';
import { LISTED, PACKAGE, isBuilt, read } from './built';
import { registrations, scriptsOf } from './page';
import { skip } from '../../testing/skip';

describe('the built package', () => {
  before(function () {
    if (!isBuilt()) {
      skip(this, 'run npm run build first');
    }
  });

  for (const { type, page, folder } of LISTED) {
    it(`has one script for ${type}, which registers it with a plain literal`, () => {
      const scripts = scriptsOf(read(page));
      assert.equal(scripts.length, 1);
      assert.equal(read(page).match(/<script(?! type="text\/html")/g)?.length, 1);
      const found = registrations(scripts[0] ?? '');
      assert.deepEqual(
        found.map(({ type: registered, isPlain }) => [registered, isPlain]),
        [[type, true]],
      );
    });

    it(`has texts and help for ${type} in every language`, () => {
      const languages = fs.readdirSync(join(REPOSITORY, folder, 'locales'));
      assert.ok(languages.includes('en-US'));
      for (const language of languages) {
        assert.ok(
          Object.keys(JSON.parse(read(`${folder}/locales/${language}/${type}.json`)) as object).includes(
            type,
          ),
        );
        assert.ok(read(`${folder}/locales/${language}/${type}.html`).includes(`data-help-name="${type}"`));
      }
    });

    it(`has a template for ${type} with no colour of its own`, () => {
      assert.ok(read(page).includes(`data-template-name="${type}"`));
      const [style = ''] = /<style>[\s\S]*?<\/style>/.exec(read(page)) ?? [];
      assert.doesNotMatch(style, /#[0-9a-f]{3,8}\b|rgb|hsl|\b(white|black|gr[ae]y|red)\s*;/i);
    });
  }

  it('shows the flow library what kvs-get-media looks like and can be set to', () => {
    const page = LISTED.find(({ type }) => type === 'kvs-get-media')?.page ?? '';
    const [registration] = registrations(scriptsOf(read(page))[0] ?? '');
    assert.ok(registration !== undefined);
    const { category, color, icon, inputs, outputs, defaults } = registration.literals;
    assert.deepEqual([category, inputs, outputs], ['network', 1, 2]);
    assert.match(String(color), /^#[0-9A-F]{6}$/);
    assert.ok(fs.existsSync(join(REPOSITORY, 'dist/nodes/icons', String(icon))));
    const values = Object.entries(defaults as Record<string, { value: unknown }>);
    assert.deepEqual(Object.fromEntries(values.map(([name, { value }]) => [name, value])), {
      name: '',
      config: '',
      stream: '',
      ...GET_MEDIA_DEFAULTS,
    });
  });

  it('has an icon that is white on nothing, two by three', () => {
    for (const icon of fs.readdirSync(join(REPOSITORY, 'dist/nodes/icons'))) {
      const svg = read(`dist/nodes/icons/${icon}`);
      assert.match(svg, /width="40" height="60" viewBox="0 0 40 60"/);
      assert.deepEqual([...new Set(svg.match(/#[0-9a-f]{3,6}\b/gi))], ['#fff']);
    }
  });

  it('starts its command as a program', () => {
    for (const command of Object.values(PACKAGE.bin)) {
      const path = join(REPOSITORY, command);
      assert.ok(fs.readFileSync(path, 'utf8').startsWith('#!/usr/bin/env node\n'), command);
      assert.ok((fs.statSync(path).mode & 0o111) === 0o111, command);
    }
  });
});
