/** The texts of the preview page, in the language of the editor. */
import english from '../../kvs-get-media/locales/en-US.json';
import { TEXTS_KEY, type TextName } from '../../kvs-get-media/dialog/preview-texts';

/** The page's texts: in the language of the editor that opened it last, else in English. */
export class Texts {
  readonly #texts: Readonly<Partial<Record<TextName, string>>>;

  constructor(storage: Pick<Storage, 'getItem'>) {
    this.#texts = { ...english['kvs-get-media'].preview, ...kept(storage) };
  }

  /** @param values by the name that stands in braces in the text */
  get(name: TextName, values: Readonly<Record<string, string>> = {}): string {
    return (this.#texts[name] ?? '').replace(
      /\{(\w+)\}/g,
      (braced, value: string) => values[value] ?? braced,
    );
  }
}

function kept(storage: Pick<Storage, 'getItem'>): object {
  try {
    const texts: unknown = JSON.parse(storage.getItem(TEXTS_KEY) ?? '{}');
    return typeof texts === 'object' && texts !== null
      ? Object.fromEntries(Object.entries(texts).filter(([, text]) => typeof text === 'string'))
      : {};
  } catch {
    // Something else wrote there, or storage is not allowed: English it is.
    return {};
  }
}
