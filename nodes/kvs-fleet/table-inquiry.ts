/** Answers whether a fleet can use a table, and creates one. */
import { setTimeout as pause } from 'node:timers/promises';
import type { NodeAPI } from 'node-red';
import { KinesisVideoError } from '../../src/aws';
import { createTable, DynamoStore, removeOldMembers, TableClient, tableState } from '../../src/dynamodb';
import { ConditionFailed } from '../../src/fleet';
import { isRecord } from '../../src/is-record';
import { tableEndpointProblem, tableProblem } from '../../src/options';
import { adviceOf, errorRow } from '../../src/session';
import { accountOf } from '../shared/account';
import { refused, type Answer } from '../shared/admin-answer';
import { settingsProblemText } from '../shared/settings-error';
import { nodeStatement } from '../shared/node-statements';
import { Words } from '../shared/words';
import { tableAdvice } from './sharing-errors';

const CALL_WITHIN_MS = 10_000;
/** Between two looks at a table that is being created. */
const LOOK_EVERY_MS = 1_000;
const LOOKS = 15;
/** No fleet has this name: see `fleetProblem`. */
const NO_FLEET = '#test';

/** @param question the request's body, not yet checked: `{action, table, tableEndpoint}` */
export async function aboutTable(
  RED: NodeAPI,
  id: string,
  question: unknown,
  signal: AbortSignal,
): Promise<Answer> {
  const words = wordsOf(RED);
  const { action, table, tableEndpoint } = isRecord(question) ? question : {};
  const problem = tableProblem(table, 'dynamodb') ?? tableEndpointProblem(tableEndpoint, 'dynamodb');
  if (problem !== undefined || (action !== 'test' && action !== 'create')) {
    const said = problem === undefined ? [] : [settingsProblemText(problem, words)];
    return refused(400, 'InvalidInput', words.text('settings.invalid', { problems: said.join() }));
  }
  const endpoint = textOf(tableEndpoint);
  const share = accountOf(RED.nodes.getNode(id))?.acquire();
  if (share === undefined || (endpoint !== '' && !isDeployed(RED, id, endpoint))) {
    share?.release();
    return refused(409, 'DeployFirst', words.text('admin.notDeployed'));
  }
  const client = new TableClient(share.service.account, {
    withinMs: CALL_WITHIN_MS,
    ...(endpoint === '' ? {} : { endpoint }),
  });
  const name = String(table).trim();
  try {
    const state = await (action === 'create' ? created(client, name, signal) : tested(client, name));
    if (state === 'otherKeys') {
      return refused(
        409,
        'FleetTableError',
        words.sentences([nodeStatement('fleet.tableKeys', { table: name })]),
      );
    }
    return { status: 200, body: { state } };
  } finally {
    client.close();
    share.release();
  }
}

/** Does what a fleet does, with the name of a fleet that there is not: reads, and a write whose condition cannot hold. */
async function tested(client: TableClient, table: string): Promise<'ready' | 'creating' | 'missing'> {
  const store = new DynamoStore(client, table, NO_FLEET);
  const never = { equal: { item: NO_FLEET } };
  try {
    await store.list('member#');
    await store.get(NO_FLEET);
    await unmet(store.update(NO_FLEET, { set: { beat: 0 }, condition: never }));
    await unmet(store.delete(NO_FLEET, never));
    return 'ready';
  } catch (error) {
    if (error instanceof KinesisVideoError && error.ErrorType === 'ResourceNotFoundException') {
      return 'missing';
    }
    throw error;
  }
}

/** Resolves when the condition of the write did not hold. */
async function unmet(write: Promise<unknown>): Promise<void> {
  await write.catch((error: unknown) => {
    if (!(error instanceof ConditionFailed)) {
      throw error;
    }
  });
}

/** A table that is there already is looked at. */
async function created(
  client: TableClient,
  table: string,
  signal: AbortSignal,
): Promise<'ready' | 'creating' | 'otherKeys'> {
  const isNew = await createTable(client, table, signal).then(
    () => true,
    (error: unknown) => {
      if (!(error instanceof KinesisVideoError && error.ErrorType === 'ResourceInUseException')) {
        throw error;
      }
      return false;
    },
  );
  for (let looks = 0; looks < LOOKS; looks += 1) {
    const state = await tableState(client, table, signal);
    if (state === 'otherKeys') {
      return state;
    }
    if (state === 'ready') {
      // DynamoDB refuses to switch on what is on already.
      if (isNew) {
        await removeOldMembers(client, table, signal);
      }
      return state;
    }
    // A new table takes seconds. Nobody waits for it after the dialog has gone.
    await pause(LOOK_EVERY_MS, undefined, { signal });
  }
  return 'creating';
}

/**
 * Calls are signed with keys that Node-RED holds, so they go to AWS, or where a deployed fleet of that account sends its
 * own: a slip of the hand must not show a session token to another host.
 */
function isDeployed(RED: NodeAPI, config: string, endpoint: string): boolean {
  let isKnown = false;
  RED.nodes.eachNode((node) => {
    const {
      type,
      config: its,
      tableEndpoint,
    } = node as { type?: unknown; config?: unknown; tableEndpoint?: unknown };
    isKnown ||= type === 'kvs-fleet' && its === config && textOf(tableEndpoint) === endpoint;
  });
  return isKnown;
}

export function failedInquiry(RED: NodeAPI, question: unknown, error: unknown): Answer {
  const words = wordsOf(RED);
  if (!(error instanceof KinesisVideoError)) {
    return refused(504, 'NetworkError', words.text('admin.timeout'));
  }
  const { ErrorType, statusCode, operation, statements, networkCode: code } = error;
  const { action, table } = isRecord(question) ? question : {};
  const actions = action === 'create' ? CREATE_ACTIONS : undefined;
  const own = tableAdvice(ErrorType, String(table), actions);
  const advice = own === undefined ? adviceOf(errorRow({ ErrorType, statusCode, operation, code })) : [own];
  return refused(502, ErrorType, words.sentences(statements), words.sentences(advice));
}

const CREATE_ACTIONS = ['CreateTable', 'DescribeTable', 'UpdateTimeToLive'].map((name) => `dynamodb:${name}`);

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

function wordsOf(RED: NodeAPI): Words {
  return new Words((key) => RED._(key));
}
