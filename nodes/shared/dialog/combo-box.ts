/** A text field with suggestions, usable by keyboard and screen reader. */

/** An entry to choose; `details` is its second line. */
export interface Suggestion {
  readonly value: string;
  readonly details: string;
}

/**
 * A text field with a list of suggestions that never changes what was typed unless one is chosen: the editable
 * combobox of the ARIA practices, the focus always in the field. Node-RED's own widget takes its first entry at Enter
 * and Tab, moves the focus into its list and tells a screen reader nothing.
 * https://www.w3.org/WAI/ARIA/apg/patterns/combobox/
 */
export class ComboBox {
  #values: readonly string[] = [];
  #active = -1;

  /**
   * @param field an input with `role="combobox"` and `aria-controls`
   * @param list the hidden `role="listbox"` that it controls
   * @param ask called when the list should be filled: answer with `show`; undefined where it should not any more
   */
  constructor(
    private readonly field: JQuery,
    private readonly list: JQuery,
    private readonly ask: (why: 'typed' | 'opened' | undefined) => void,
  ) {
    field.on('input', () => {
      ask('typed');
    });
    field.on('blur', () => {
      this.close();
    });
    field.on('keydown', (event) => {
      if (this.#obeys(event.key)) {
        event.preventDefault();
        // Node-RED would close the dialog at Escape, and confirm it at Enter with a modifier.
        event.stopPropagation();
      }
    });
    list.on('mousedown', (event) => {
      // The focus stays in the field.
      event.preventDefault();
    });
    list.on('click', '[role=option]', (event) => {
      this.#choose($(event.currentTarget).index());
    });
  }

  /** Shows the entries, or hides the list if there are no entries. */
  show(suggestions: readonly Suggestion[]): void {
    this.#values = suggestions.map(({ value }) => value);
    this.list.empty();
    for (const [index, { value, details }] of suggestions.entries()) {
      $('<li role="option" aria-selected="false">')
        .attr('id', this.#idOf(index))
        .append($('<div>').text(value), $('<div>').text(details))
        .appendTo(this.list);
    }
    this.#activate(-1);
    this.list.prop('hidden', suggestions.length === 0).scrollTop(0);
    this.field.attr('aria-expanded', String(suggestions.length > 0));
  }

  close(): void {
    this.ask(undefined);
    this.show([]);
  }

  /** @returns whether the key is the list's and not the field's */
  #obeys(key: string | undefined): boolean {
    const count = this.#values.length;
    switch (key) {
      case 'ArrowDown':
      case 'ArrowUp':
        if (count === 0) {
          this.ask('opened');
        } else if (key === 'ArrowDown') {
          this.#activate((this.#active + 1) % count);
        } else {
          this.#activate(this.#active <= 0 ? count - 1 : this.#active - 1);
        }
        return true;
      case 'Enter':
        if (this.#active >= 0) {
          this.#choose(this.#active);
          return true;
        }
        this.close();
        return false;
      case 'Escape':
        this.close();
        return count > 0;
      default:
        return false;
    }
  }

  #choose(index: number): void {
    const value = this.#values[index];
    if (value !== undefined) {
      this.field.val(value).trigger('change');
    }
    this.close();
  }

  #activate(index: number): void {
    this.#active = index;
    const options = this.list.children();
    options.attr('aria-selected', 'false');
    const option = options.eq(Math.max(index, 0));
    if (index < 0 || option.length === 0) {
      this.field.removeAttr('aria-activedescendant');
      return;
    }
    option.attr('aria-selected', 'true');
    option.get(0)?.scrollIntoView({ block: 'nearest' });
    this.field.attr('aria-activedescendant', this.#idOf(index));
  }

  #idOf(index: number): string {
    return `${this.list.attr('id') ?? ''}-${String(index)}`;
  }
}
