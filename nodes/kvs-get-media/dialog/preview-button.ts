/** The Preview button of the dialog. */
import { keepTexts } from './preview-texts';

/** Lets the Preview button open the deployed node's live picture in a separate window. */
export function offerPreview(node: EditorNode): void {
  $('#kvs-get-media-preview').on('click', () => {
    try {
      keepTexts(node, window.localStorage);
    } catch {
      // A browser without room or leave to store shows the page in English.
    }
    window.open(`kvs-get-media/preview?node=${encodeURIComponent(node.id)}`, '_blank', 'noopener');
  });
}
