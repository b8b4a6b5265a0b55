import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { REPOSITORY } from '../../testing/node-red';
import { PAGES, textOf, withoutBlocks } from '../../testing/pages';
import { read } from './built';

/** The repository on the web, by which the README links to what npm and the flow library do not have. */
const OWN = [
  'https://github.com/kvs-flow/node-red-kinesis-video/blob/main/',
  'https://raw.githubusercontent.com/kvs-flow/node-red-kinesis-video/main/',
];

const HELP = fs
  .readdirSync(join(REPOSITORY, 'nodes'), { recursive: true, encoding: 'utf8' })
  .flatMap((name) => (/\blocales\b.*\.html$/.test(name) ? [`nodes/${name}`] : []));

function linksOf(page: string): string[] {
  const markdown = [...textOf(page).matchAll(/\]\(([^()\s]+)(?: "[^"]*")?\)/g)];
  const html = [...read(page).matchAll(/\b(?:href|src)="([^"]+)"/g)];
  return [...markdown, ...html].map(([, link = '']) => link);
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  const headings = [...withoutBlocks(page).matchAll(/^#{1,6} +(.+?) *#*$/gm)];
  const seen = new Map<string, number>();
  return headings.map(([, heading = '']) => {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
}

/** What is wrong with a link; undefined where nothing is. */
function problemOf(page: string, link: string): string | undefined {
  const own = OWN.find((start) => link.startsWith(start));
  if (own === undefined && /^[a-z]+:/i.test(link)) {
    return URL.canParse(link) && /^(https:\/\/[^/]+\.[a-z]+(\/|$)|mailto:.+@)/.test(link)
      ? undefined
      : 'malformed';
  }
  const [path = '', anchor] = own === undefined ? link.split('#') : link.slice(own.length).split('#');
  const file = path === '' ? page : own === undefined ? join(dirname(page), path) : path;
  const place = resolve(REPOSITORY, file);
  if (relative(REPOSITORY, place).startsWith('..') || !fs.existsSync(place)) {
    return 'leads nowhere';
  }
  if (anchor !== undefined && !(file.endsWith('.md') && anchorsOf(file).includes(anchor))) {
    return 'no such heading';
  }
  return undefined;
}

describe('the links of the documentation', () => {
  for (const page of [...PAGES, ...HELP]) {
    it(`${page}: none is dead`, () => {
      const problems = linksOf(page).map((link) => [link, problemOf(page, link)]);
      assert.deepEqual(
        problems.filter(([, problem]) => problem !== undefined),
        [],
      );
    });
  }

  it('are checked: dead ones are found', () => {
    assert.equal(problemOf('README.md', 'docs/no-such-page.md'), 'leads nowhere');
    assert.equal(problemOf('README.md', '../elsewhere.md'), 'leads nowhere');
    assert.equal(problemOf('README.md', '#no-such-heading'), 'no such heading');
    assert.equal(
      problemOf('README.md', `${OWN[0] ?? ''}docs/reference/errors.md#no-such-heading`),
      'no such heading',
    );
    assert.equal(problemOf('README.md', 'https:/one-slash'), 'malformed');
    assert.equal(problemOf('docs/reference/errors.md', '../../README.md#licence'), undefined);
  });
});
