/** Whether the texts of an open dialog have room. */
import type { Page } from 'playwright-core';

/** A field clips its text and reports no overflow, so that its text is measured in its font. */
const FIELDS = '[class$="-form"] :is(input, select)';
const TEXTS = ['.form-tips', '.kvs-unit', '.red-ui-button', 'label', 'summary']
  .map((selector) => `[class$="-form"] ${selector}`)
  .join(', ');

/**
 * Texts of the open dialog that are cut off: hints, units, labels and buttons wider than their box, and placeholders
 * and chosen options wider than their field. A label that runs into its field is in `EditorPage.crampedTexts`.
 */
export async function cutTexts(page: Page): Promise<string[]> {
  const tray = page.locator('.red-ui-tray').last();
  const inFields = await tray.locator(FIELDS).evaluateAll((fields) => {
    const context = document.createElement('canvas').getContext('2d');
    if (context === null) {
      throw new Error('This browser measures no text');
    }
    return fields.flatMap((field) => {
      const style = getComputedStyle(field);
      context.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
      const isList = field instanceof HTMLSelectElement;
      const text = isList ? field.selectedOptions[0]?.text : field.getAttribute('placeholder');
      // The arrow of a list takes 16 px.
      const taken = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight) + (isList ? 16 : 0);
      const isCut = context.measureText(text ?? '').width > field.clientWidth - taken;
      return field.clientWidth > 0 && isCut ? [`${field.id}: ${text ?? ''}`] : [];
    });
  });
  const others = await tray
    .locator(TEXTS)
    .evaluateAll((texts) =>
      texts
        .filter((text) => text.clientWidth > 0 && text.scrollWidth > text.clientWidth + 1)
        .map((text) => text.textContent.trim()),
    );
  return [...inFields, ...others];
}
