/** Whether the texts of an open dialog have room. */
import type { Page } from 'playwright-core';

/** A field clips its text and reports no overflow, so that its text is measured in its font. */
const FIELDS = '[class$="-form"] :is(input, select)';
const TEXTS = ['.form-tips', '.kvs-unit', '.red-ui-button', 'label', 'summary']
  .map((selector) => `[class$="-form"] ${selector}`)
  .join(', ');
const SELECTORS = { FIELDS, TEXTS };

/**
 * Texts of the open dialog that are cut off: labels that do not fit beside their fields, and units that do not fit after
 * them; hints, units, labels and buttons wider than their box; placeholders and chosen options wider than their field.
 *
 * @param lists the ids of lists of which each choice is made in turn; the page does so itself, for a request to the
 * browser per choice takes it longer than the layout
 */
export async function cutTexts(page: Page, lists: readonly string[] = []): Promise<string[]> {
  const tray = page.locator('.red-ui-tray').last();
  return tray.evaluate(
    (dialog, [ids, { FIELDS, TEXTS }]) => {
      const context = document.createElement('canvas').getContext('2d');
      if (context === null) {
        throw new Error('This browser measures no text');
      }
      const choices = ids.flatMap((id) => {
        const list = dialog.querySelector<HTMLSelectElement>(`#${id}`);
        if (list === null) {
          throw new Error(`The dialog has no list ${id}`);
        }
        return [...list.options].map(({ value }) => ({ list, value }));
      });
      const cut = new Set<string>();
      for (const choice of choices.length > 0 ? choices : [undefined]) {
        if (choice !== undefined) {
          choice.list.value = choice.value;
          choice.list.dispatchEvent(new Event('input', { bubbles: true }));
          choice.list.dispatchEvent(new Event('change', { bubbles: true }));
        }
        for (const row of dialog.querySelectorAll<HTMLElement>('.form-row')) {
          const field = row.querySelector('input, select')?.getBoundingClientRect();
          for (const text of row.querySelectorAll('label > span, .kvs-unit:not(.kvs-zone)')) {
            const { left, right, top } = text.getBoundingClientRect();
            const isBefore = field !== undefined && left < field.left;
            const runsOn = field !== undefined && (top >= field.bottom || (isBefore && right > field.left));
            if (row.offsetHeight > 0 && runsOn) {
              cut.add(text.textContent);
            }
          }
        }
        for (const field of dialog.querySelectorAll<HTMLInputElement | HTMLSelectElement>(FIELDS)) {
          if (field.clientWidth === 0) {
            continue;
          }
          const style = getComputedStyle(field);
          context.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
          const isList = field instanceof HTMLSelectElement;
          const text = (isList ? field.selectedOptions[0]?.text : field.getAttribute('placeholder')) ?? '';
          // The arrow of a list takes 16 px.
          const taken = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight) + (isList ? 16 : 0);
          if (context.measureText(text).width > field.clientWidth - taken) {
            cut.add(`${field.id}: ${text}`);
          }
        }
        for (const text of dialog.querySelectorAll(TEXTS)) {
          if (text.clientWidth > 0 && text.scrollWidth > text.clientWidth + 1) {
            cut.add(text.textContent.trim());
          }
        }
      }
      return [...cut];
    },
    [lists, SELECTORS] as const,
  );
}
