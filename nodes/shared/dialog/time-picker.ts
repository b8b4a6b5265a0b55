/** A date and time picker beside a text field: each follows the other, and the text alone is stored. */
import type { Dialog } from './dialog-fields';
import { isLight } from './field-values';
import { localTime, utcTime, zoneAt } from './local-time';

/**
 * @param property whose text is the time
 * @param input selector of a `datetime-local` input
 * @param zoneText selector of the element that says in which time zone the input is
 */
export function offerTimes(dialog: Dialog, property: string, input: string, zoneText: string): void {
  const picker = $(input);
  const zone = $(zoneText);
  // Else a browser draws its calendar dark on dark where a theme has set colours alone.
  if (isLight(picker.css('color'))) {
    picker.css('color-scheme', 'dark');
  }
  const follow = (): void => {
    const local = localTime(dialog.entered(property));
    picker.val(local);
    zone.text(zoneAt(local));
  };
  picker.on('change', () => {
    const time = utcTime(String(picker.val()));
    if (time !== undefined) {
      dialog.enter(property, time);
      dialog.field(property).trigger('change');
    }
  });
  dialog.onChange([property], follow);
  follow();
}
