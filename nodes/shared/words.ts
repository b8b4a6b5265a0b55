/** Makes sentences of statements: the one place where what `src/` reports gets its words. */
import type { Statement, StatementValue } from '../../src/statement';
import { shownValue } from './shown-values';

/** The text of a key in the catalogues, in the language of Node-RED's run time: `RED._`. */
export type Translate = (key: string) => string;

/** Where the texts that all nodes share stand in the catalogue of each: the build puts them there. */
export const SHARED_TEXTS = 'kvs-flow';

/**
 * The words of one node. Placeholders are filled in here and not by Node-RED's i18next, which would look for its own
 * syntax in values that come from anywhere.
 */
export class Words {
  constructor(private readonly translate: Translate) {}

  /** A shared text. @param key below `kvs-flow` in the catalogue */
  text(key: string, values: Readonly<Record<string, StatementValue>> = {}): string {
    return this.own(`${SHARED_TEXTS}.${key}`, values);
  }

  /** A text of the node's own. @param key the whole key in its catalogue */
  own(key: string, values: Readonly<Record<string, StatementValue>> = {}): string {
    return this.translate(key).replace(/\{(\w+)\}/g, (placeholder, name: string) => {
      const value = values[name];
      if (typeof value === 'object') {
        return this.text(value.key, value.data);
      }
      return value === undefined ? placeholder : shownValue(name, value);
    });
  }

  /** One sentence after the other. Languages with full-width punctuation have no blank between them. */
  sentences(statements: readonly Statement[]): string {
    return statements
      .map(({ key, data }) => this.text(key, data))
      .join(' ')
      .replace(/(?<=[。！？]) /g, '');
  }
}
