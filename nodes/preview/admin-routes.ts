/**
 * The live preview of kvs-get-media: a page without secrets, which anyone who reaches the editor may load, and the
 * media, for which a right is needed.
 */
import { join } from 'node:path';
import type { NodeAPI } from 'node-red';
import { isRecord } from '../../src/is-record';
import { sameOriginOnly } from '../shared/same-origin';
import type * as Runtime from './preview-registry';

const PAGE_FOLDER = join(__dirname, 'page');
const PAGE_FILES = { preview: 'preview.html', 'preview.js': 'preview.js', 'preview.css': 'preview.css' };

/** No script but the page's own, and nothing from elsewhere; `blob:` is how a page hands media to its player. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; media-src blob:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/**
 * - `GET kvs-get-media/preview?node=ID`: the page; `preview.js` and `preview.css` beside it
 * - `POST kvs-get-media/ID/preview` with `{sound}`, from a page of Node-RED's own address (see `shared/same-origin.ts`), needs
 *   `kvs-get-media.read` and answers with records (see `records.ts`) until the viewer leaves or the node is removed;
 *   or, at once, with a `Refusal`
 */
export function registerPreviewRoutes(RED: NodeAPI): void {
  const { httpAdmin, auth } = RED;
  for (const [path, file] of Object.entries(PAGE_FILES)) {
    httpAdmin.get(`/kvs-get-media/${path}`, (_request, response) => {
      response.set('Content-Security-Policy', POLICY);
      response.set('X-Content-Type-Options', 'nosniff');
      response.set('Cross-Origin-Resource-Policy', 'same-origin');
      response.set('Referrer-Policy', 'no-referrer');
      response.set('Cache-Control', 'no-cache');
      response.sendFile(join(PAGE_FOLDER, file), { dotfiles: 'allow', cacheControl: false });
    });
  }
  let previews: Runtime.PreviewRegistry | undefined;
  const maySee = auth.needsPermission('kvs-get-media.read');
  httpAdmin.post('/kvs-get-media/:id/preview', sameOriginOnly, maySee, (request, response) => {
    // With all that makes MP4 of chunks, so not before someone looks.
    previews ??= new (require('./preview-registry') as typeof Runtime).PreviewRegistry();
    const node = RED.nodes.getNode(String(request.params['id']));
    const question: unknown = request.body;
    const refusal = previews.show(node, response, isRecord(question) && question['sound'] === true);
    if (refusal !== undefined) {
      response.status(refusal.status).json(refusal.body);
    }
  });
}
