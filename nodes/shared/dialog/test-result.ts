/** What the Test button of a dialog has found out. */

/**
 * Shows a text in `element`, in sight.
 *
 * @param works whether what was tested works; absent while that is not known
 */
export function showTestResult(element: JQuery, text: string, works?: boolean): void {
  element
    .text(text)
    .toggleClass('kvs-success', works === true)
    .toggleClass('kvs-failure', works === false);
  // In a low window or a long dialog it would be out of sight.
  element.get(0)?.scrollIntoView({ block: 'nearest' });
}
