/** The questions of the dialog, as HTTP requests to Node-RED's admin API. */
import type { NodeAPI } from 'node-red';
import { answerRequest, type AdminResponse, type Answer } from '../shared/admin-answer';
import { registerPageKey, sameOriginOnly } from '../shared/same-origin';
import type * as Runtime from './runtime';

const TIMEOUT_MS = 30_000;

/**
 * - `POST kvs-archive/ID/test` with `{stream, output, protocol, imageSource}` asks with the account of the deployed config
 *   node ID which rights an output lacks on a stream, and needs `kvs-config.read`
 * - `POST kvs-archive/test` takes the values of a config node that is not deployed as they are beside those, as a test of
 *   an account does, with its rights: `kvs-config.write` and `flows.write`
 *
 * Both take JSON from pages of Node-RED's own address alone (see `shared/same-origin.ts`), and answer
 * `{missing: [action]}`; failures answer a `Refusal`.
 */
export function registerArchiveRoutes(RED: NodeAPI, loadRuntime: () => typeof Runtime): void {
  registerPageKey(RED);
  const answer = (response: AdminResponse, work: (signal: AbortSignal) => Promise<Answer>): void => {
    answerRequest(response, {
      timeoutMs: TIMEOUT_MS,
      work,
      failed: (error) => loadRuntime().failedTest(RED, error),
    });
  };
  const { httpAdmin, auth } = RED;
  const mayRead = auth.needsPermission('kvs-config.read');
  httpAdmin.post('/kvs-archive/:id/test', sameOriginOnly, mayRead, (request, response) => {
    const { id } = request.params;
    const body: unknown = request.body;
    answer(response, (signal) => loadRuntime().testRights(RED, String(id), body, signal));
  });
  const mayTest = auth.needsPermission('kvs-config.write');
  const mayDeploy = auth.needsPermission('flows.write');
  httpAdmin.post('/kvs-archive/test', sameOriginOnly, mayTest, mayDeploy, (request, response) => {
    const length = Number(request.headers['content-length'] ?? 0);
    const body: unknown = request.body;
    answer(response, (signal) => loadRuntime().testRightsOfValues(RED, length, body, signal));
  });
}
