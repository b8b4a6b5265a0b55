/** The questions of the dialogs, as HTTP requests to Node-RED's admin API. */
import type { NodeAPI } from 'node-red';
import type { Answer } from './admin-answers';
import { loadRuntime } from './load';

const TIMEOUT_MS = 20_000;

/**
 * - `GET kvs-config/ID/streams?prefix=&limit=` needs `kvs-config.read` and answers
 *   `{streams: [{StreamName, StreamARN, Status, DataRetentionInHours, MediaType}], more}`
 * - `POST kvs-config/test` needs `kvs-config.write` and `flows.write`, and answers `{source, Account?, Arn?, isDeployed}`
 *   with `{streams, more}`, or with `{missingRight}` where listing is not allowed
 *
 * A test can use any profile, role or certificate that Node-RED can use, and so can a deploy: hence its right too.
 * Failures answer a `Refusal`. AWS's refusals have status 502: 401 and 403 would speak of Node-RED's own users.
 */
export function registerAdminRoutes(RED: NodeAPI): void {
  const { httpAdmin, auth } = RED;
  httpAdmin.get('/kvs-config/:id/streams', auth.needsPermission('kvs-config.read'), (request, response) => {
    const { id } = request.params;
    const { prefix, limit } = request.query;
    answer(response, (signal) => loadRuntime().streamsOf(RED, String(id), prefix, limit, signal));
  });
  const mayDeploy = auth.needsPermission('flows.write');
  const mayTest = auth.needsPermission('kvs-config.write');
  httpAdmin.post('/kvs-config/test', mayTest, mayDeploy, (request, response) => {
    const body: unknown = request.body;
    const length = Number(request.headers['content-length'] ?? 0);
    // A web page elsewhere can send a form without asking first, but no JSON.
    const isJson = Boolean(request.is('application/json'));
    answer(response, (signal) => loadRuntime().tested(RED, isJson, length, body, signal));
  });
}

interface AdminResponse {
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  once(event: 'close', listener: () => void): unknown;
  set(name: string, value: string): unknown;
  status(code: number): { json(body: object): unknown };
}

function answer(response: AdminResponse, work: (signal: AbortSignal) => Promise<Answer>): void {
  const left = new AbortController();
  response.once('close', () => {
    left.abort();
  });
  work(AbortSignal.any([left.signal, AbortSignal.timeout(TIMEOUT_MS)]))
    .catch((error: unknown) => loadRuntime().failed(error))
    .then(({ status, body }) => {
      if (!left.signal.aborted) {
        response.set('Cache-Control', 'no-store');
        response.status(status).json(body);
      }
    })
    .catch(() => {
      // The browser has gone between the question and the answer; there is no one left to tell.
    });
}
