/**
 * The live preview of kvs-get-media: a page without secrets, which anyone who reaches the editor may load, and the
 * media, for which a right is needed.
 */
import { join, resolve } from 'node:path';
import type { NodeAPI } from 'node-red';
import { loadPreviews } from './load';
import type { Previews } from './previews';

/** As the build puts it. */
const PAGE_FOLDER = resolve(__dirname, '..', 'preview');
const PAGE_FILES = { preview: 'preview.html', 'preview.js': 'preview.js', 'preview.css': 'preview.css' };

/** No script but the page's own, and nothing from elsewhere; `blob:` is how a page hands media to its player. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; media-src blob:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/**
 * - `GET kvs-get-media/preview?node=ID`: the page; `preview.js` and `preview.css` beside it
 * - `GET kvs-get-media/ID/preview?sound=1` needs `kvs-get-media.read` and answers with records (see `nodes/preview`)
 *   until the viewer leaves or the node is no more; or, at once, with a `Refusal`
 */
export function registerPreviewRoutes(RED: NodeAPI): void {
  const { httpAdmin, auth } = RED;
  for (const [path, file] of Object.entries(PAGE_FILES)) {
    httpAdmin.get(`/kvs-get-media/${path}`, (_request, response) => {
      response.set('Content-Security-Policy', POLICY);
      response.set('X-Content-Type-Options', 'nosniff');
      response.set('Referrer-Policy', 'no-referrer');
      response.set('Cache-Control', 'no-cache');
      response.sendFile(join(PAGE_FOLDER, file), { dotfiles: 'allow', cacheControl: false });
    });
  }
  let previews: Previews | undefined;
  httpAdmin.get(
    '/kvs-get-media/:id/preview',
    auth.needsPermission('kvs-get-media.read'),
    (request, response) => {
      // Node-RED 4 lets every web site read what its admin API answers; what a camera sees is not for them.
      if ((request.headers['sec-fetch-site'] ?? 'same-origin') !== 'same-origin') {
        response.status(403).end();
        return;
      }
      previews ??= loadPreviews();
      const node = RED.nodes.getNode(String(request.params['id']));
      const refusal = previews.show(node, response, request.query['sound'] === '1');
      if (refusal !== undefined) {
        response.set('Cache-Control', 'no-store');
        response.status(refusal.status).json(refusal.body);
      }
    },
  );
}
