/** The question of the dialog, as an HTTP request to Node-RED's admin API. */
import type { NodeAPI } from 'node-red';
import { registerPageKey, sameOriginOnly } from '../shared/same-origin';
import type * as Runtime from './runtime';

const TIMEOUT_MS = 30_000;

/**
 * `POST kvs-archive/ID/test` with `{stream, output, protocol, imageSource}` asks with the account of the deployed config node ID which rights an
 * output lacks on a stream. It needs `kvs-config.read`, takes JSON from pages of Node-RED's own address alone (see
 * `shared/same-origin.ts`), and answers `{missing: [action]}`; failures answer a `Refusal`.
 */
export function registerArchiveRoutes(RED: NodeAPI, loadRuntime: () => typeof Runtime): void {
  registerPageKey(RED);
  const mayRead = RED.auth.needsPermission('kvs-config.read');
  RED.httpAdmin.post('/kvs-archive/:id/test', sameOriginOnly, mayRead, (request, response) => {
    const left = new AbortController();
    response.once('close', () => {
      left.abort();
    });
    const { id } = request.params;
    const { testRights, failedTest } = loadRuntime();
    const body: unknown = request.body;
    const signal = AbortSignal.any([left.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    testRights(RED, String(id), body, signal)
      .catch((error: unknown) => failedTest(RED, error))
      .then(({ status, body: said }) => {
        if (!left.signal.aborted) {
          response.status(status).json(said);
        }
      })
      .catch(() => {
        // The browser has gone between the question and the answer; there is no one left to tell.
      });
  });
}
