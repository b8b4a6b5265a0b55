/** The questions of the dialog, as an HTTP request to Node-RED's admin API. */
import type { NodeAPI } from 'node-red';
import { answerRequest } from '../shared/admin-answer';
import { registerPageKey, sameOriginOnly } from '../shared/same-origin';
import type * as Runtime from './runtime';

const TIMEOUT_MS = 30_000;

/**
 * `POST kvs-fleet/ID/table` with `{action, table, tableEndpoint}` asks with the account of the deployed config node ID
 * whether a fleet can use a table (`test`), or creates the table (`create`). It needs `kvs-config.write` and
 * `flows.write`, takes JSON from pages of Node-RED's own address alone (see `shared/same-origin.ts`), and answers
 * `{state}`: `ready`, `creating` or `missing`. Failures answer a `Refusal`.
 */
export function registerFleetRoutes(RED: NodeAPI, loadRuntime: () => typeof Runtime): void {
  registerPageKey(RED);
  const mayWrite = RED.auth.needsPermission('kvs-config.write');
  const mayDeploy = RED.auth.needsPermission('flows.write');
  RED.httpAdmin.post('/kvs-fleet/:id/table', sameOriginOnly, mayWrite, mayDeploy, (request, response) => {
    const { id } = request.params;
    const body: unknown = request.body;
    const { aboutTable, failedInquiry } = loadRuntime();
    answerRequest(response, {
      timeoutMs: TIMEOUT_MS,
      work: (signal) => aboutTable(RED, String(id), body, signal),
      failed: (error) => failedInquiry(RED, body, error),
    });
  });
}
