/** The questions of the dialogs, as HTTP requests to Node-RED's admin API. */
import type { NodeAPI } from 'node-red';
import { answerRequest, type AdminResponse, type Answer } from '../shared/admin-answer';
import type * as Runtime from './runtime';
import { sameOriginOnly, registerPageKey } from '../shared/same-origin';

type LoadRuntime = () => typeof Runtime;

const TIMEOUT_MS = 20_000;

/**
 * - `POST kvs-config/ID/streams` with `{prefix, limit}` needs `kvs-config.read` and answers
 *   `{streams: [{StreamName, StreamARN, Status, DataRetentionInHours, MediaType}], more}`
 * - `POST kvs-config/test` needs `kvs-config.write` and `flows.write`, and answers `{source, Account?, Arn?, isDeployed}`
 *   with `{streams, more}`, or with `{missingRight}` where listing is not allowed
 * - `POST kvs-config/streams` takes the values of a config node that is not deployed as they are, as a test does, with
 *   the rights of a test, and answers as the first
 * - `POST kvs-config/ID/matches` with `{selectBy, streams, exclude}`, settings of a `kvs-fleet`, needs `kvs-config.read`
 *   and answers the streams that they select, `{streams, count}`: the names of the first hundred, and how many there are
 * - `POST kvs-config/matches` does so with the values of a config node that is not deployed, with the rights of a test
 *
 * A test can use any profile, role or certificate that Node-RED can use, and so can a deploy: hence its right too.
 * All take JSON from pages of Node-RED's own address alone (see `shared/same-origin.ts`). Failures answer a `Refusal`.
 * AWS's refusals have status 502: 401 and 403 would speak of Node-RED's own users.
 */
export function registerAdminRoutes(RED: NodeAPI, loadRuntime: LoadRuntime): void {
  const { httpAdmin, auth } = RED;
  registerPageKey(RED);
  const answer = (response: AdminResponse, work: (signal: AbortSignal) => Promise<Answer>): void => {
    answerRequest(response, {
      timeoutMs: TIMEOUT_MS,
      work,
      failed: (error) => loadRuntime().failed(RED, error),
    });
  };
  const mayRead = auth.needsPermission('kvs-config.read');
  httpAdmin.post('/kvs-config/:id/streams', sameOriginOnly, mayRead, (request, response) => {
    const { id } = request.params;
    const body: unknown = request.body;
    answer(response, (signal) => loadRuntime().streamsOf(RED, String(id), body, signal));
  });
  httpAdmin.post('/kvs-config/:id/matches', sameOriginOnly, mayRead, (request, response) => {
    const { id } = request.params;
    const body: unknown = request.body;
    answer(response, (signal) => loadRuntime().matchesOf(RED, String(id), body, signal));
  });
  const mayDeploy = auth.needsPermission('flows.write');
  const mayTest = auth.needsPermission('kvs-config.write');
  httpAdmin.post('/kvs-config/test', sameOriginOnly, mayTest, mayDeploy, (request, response) => {
    const body: unknown = request.body;
    const length = Number(request.headers['content-length'] ?? 0);
    answer(response, (signal) => loadRuntime().tested(RED, length, body, signal));
  });
  httpAdmin.post('/kvs-config/streams', sameOriginOnly, mayTest, mayDeploy, (request, response) => {
    const body: unknown = request.body;
    const length = Number(request.headers['content-length'] ?? 0);
    answer(response, (signal) => loadRuntime().streamsOfValues(RED, length, body, signal));
  });
  httpAdmin.post('/kvs-config/matches', sameOriginOnly, mayTest, mayDeploy, (request, response) => {
    const body: unknown = request.body;
    const length = Number(request.headers['content-length'] ?? 0);
    answer(response, (signal) => loadRuntime().matchesOfValues(RED, length, body, signal));
  });
}
