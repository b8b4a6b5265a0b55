/** The project's documentation, read as text: pages, their code blocks, and what stands outside of code. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from './node-red';

export interface CodeBlock {
  /** The page that it is in. */
  readonly page: string;
  /** Such as `sh` or `json`; empty where none is named. */
  readonly language: string;
  readonly code: string;
}

/** All pages of `docs/`, by their paths in the repository. */
export const DOCS = readdirSync(join(REPOSITORY, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`)
  .sort();

/** The pages in the repository's root, and all of `docs/`. */
export const PAGES = [...readdirSync(REPOSITORY).filter((name) => name.endsWith('.md')), ...DOCS];

/** Where a code block begins and ends; it may be indented, in a list. */
const BLOCK = /^ *```(\w*)\n([^]*?)^ *```$/gm;

/** The source of a page. */
export function readPage(page: string): string {
  return readFileSync(join(REPOSITORY, page), 'utf8');
}

/** A page without its code blocks. */
export function withoutBlocks(page: string): string {
  return readPage(page).replace(BLOCK, '');
}

/** The code blocks of a page. */
export function blocksOf(page: string): CodeBlock[] {
  return [...readPage(page).matchAll(BLOCK)].map(([, language = '', code = '']) => ({
    page,
    language,
    code,
  }));
}

/** What stands in backticks in the text of a page. */
export function codesOf(page: string): string[] {
  return [...withoutBlocks(page).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
}

/** Text of a page that is no code at all. */
export function textOf(page: string): string {
  return withoutBlocks(page).replace(/`[^`\n]*`/g, '');
}
