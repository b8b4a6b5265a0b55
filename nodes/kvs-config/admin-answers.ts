/**
 * What the dialogs are answered: the streams of a deployed config node, and whether credentials work. Secrets come in
 * and never go out; nothing of a request is logged.
 */
import type { NodeAPI } from 'node-red';
import { systemClock } from '../../src/clock';
import { findStreams, TagCache } from '../../src/discovery';
import { isRecord } from '../../src/is-record';
import { checkFleet, type FleetProperties } from '../../src/options';
import { KinesisVideoError, type KinesisVideoService, type StreamInfo } from '../../src/kinesis-video';
import { adviceOf, errorRow, type ErrorTraits } from '../../src/session';
import { refused, type Answer } from '../shared/admin-answer';
import { accountOf, type Account } from '../shared/account';
import { settingsProblemText } from '../shared/settings-error';
import { judgeBody } from '../shared/undeployed-account';
import { Words } from '../shared/words';

export const MOST_STREAMS = 100;
const DEFAULT_STREAMS = 20;

interface StreamQuestion {
  readonly prefix?: unknown;
  readonly limit?: unknown;
}

/** What is asked about an account. @param question the request's body, not yet checked */
type Inquiry = (RED: NodeAPI, account: Account, question: unknown, signal: AbortSignal) => Promise<Answer>;

/** @param question `{prefix, limit}` */
export const streamsOf = ofDeployed(streamsBy);
/** @param body as for a test, and `{prefix, limit}` */
export const streamsOfValues = ofValues(streamsBy);
/** @param question `{selectBy, streams, exclude}` */
export const matchesOf = ofDeployed(matchesBy);
/** @param body as for a test, and `{selectBy, streams, exclude}` */
export const matchesOfValues = ofValues(matchesBy);

/** Answers about the account of a deployed config node. */
function ofDeployed(inquiry: Inquiry) {
  return async (RED: NodeAPI, id: string, question: unknown, signal: AbortSignal): Promise<Answer> => {
    const account = accountOf(RED.nodes.getNode(id));
    const words = wordsOf(RED);
    return account === undefined
      ? refused(404, 'NotDeployed', words.text('admin.notDeployed'), words.text('admin.deployAndSearch'))
      : inquiry(RED, account, question, signal);
  };
}

/** Answers about the account that a dialog's values make. */
function ofValues(inquiry: Inquiry) {
  return async (RED: NodeAPI, length: number, body: unknown, signal: AbortSignal): Promise<Answer> => {
    const verdict = judgeBody(RED, length, body);
    return 'refusal' in verdict ? verdict.refusal : inquiry(RED, verdict.account, body, signal);
  };
}

async function matchesBy(
  RED: NodeAPI,
  account: Account,
  question: unknown,
  signal: AbortSignal,
): Promise<Answer> {
  const { selectBy, streams, exclude }: FleetProperties = isRecord(question) ? question : {};
  const checked = checkFleet({ selectBy, streams, exclude }, account.settings?.region);
  if ('problems' in checked) {
    const words = wordsOf(RED);
    const problems = checked.problems.map((problem) => settingsProblemText(problem, words)).join('; ');
    return refused(400, 'InvalidInput', words.text('settings.invalid', { problems }));
  }
  return withAccount(RED, account, async (service) => {
    const cache = new TagCache(systemClock);
    const found = await findStreams(service, checked.settings.selection, cache, signal);
    const names = found.map(({ StreamName }) => StreamName).sort();
    return { status: 200, body: { streams: names.slice(0, MOST_STREAMS), count: names.length } };
  });
}

async function streamsBy(
  RED: NodeAPI,
  account: Account,
  question: unknown,
  signal: AbortSignal,
): Promise<Answer> {
  const words = wordsOf(RED);
  const { prefix, limit }: StreamQuestion = typeof question === 'object' ? (question ?? {}) : {};
  const wanted = limit === undefined ? DEFAULT_STREAMS : typeof limit === 'number' ? limit : NaN;
  const begin = prefix ?? '';
  if (typeof begin !== 'string' || !/^[\w.-]{0,256}$/.test(begin)) {
    return refused(400, 'InvalidInput', words.text('admin.prefix'));
  }
  if (!Number.isInteger(wanted) || wanted < 1) {
    return refused(400, 'InvalidInput', words.text('admin.limit'));
  }
  return withAccount(RED, account, async (service) => {
    const most = Math.min(wanted, MOST_STREAMS);
    // One more than is shown tells whether there are more.
    const found = await service.listStreams({ prefix: begin, limit: most + 1 }, signal);
    return { status: 200, body: { streams: found.slice(0, most).map(shown), more: found.length > most } };
  });
}

export async function tested(
  RED: NodeAPI,
  length: number,
  body: unknown,
  signal: AbortSignal,
): Promise<Answer> {
  const verdict = judgeBody(RED, length, body);
  if ('refusal' in verdict) {
    return verdict.refusal;
  }
  const { account, isDeployed } = verdict;
  return withAccount(RED, account, async (service) => {
    const listed = await listedBy(service, signal);
    const identity = await service.callerIdentity(signal);
    const Account = identity?.Account ?? listed.Account;
    const source = service.credentialOrigin;
    return { status: 200, body: { source, ...identity, Account, isDeployed, ...listed.body } };
  });
}

/** A refusal to list is an answer too: AWS looks at rights only of those whom it knows. */
async function listedBy(
  service: KinesisVideoService,
  signal: AbortSignal,
): Promise<{ readonly Account?: string | undefined; readonly body: object }> {
  try {
    const found = await service.listStreams({ prefix: '', limit: MOST_STREAMS + 1 }, signal);
    const streams = Math.min(found.length, MOST_STREAMS);
    const Account = found[0]?.StreamARN.split(':')[4];
    return { Account, body: { streams, more: found.length > MOST_STREAMS } };
  } catch (error) {
    if (
      error instanceof KinesisVideoError &&
      error.operation === 'ListStreams' &&
      /^(AccessDenied|NotAuthorized)(Exception)?$/.test(error.ErrorType)
    ) {
      return { body: { missingRight: 'kinesisvideo:ListStreams' } };
    }
    throw error;
  }
}

async function withAccount(
  RED: NodeAPI,
  account: Account,
  work: (service: KinesisVideoService) => Promise<Answer>,
): Promise<Answer> {
  const share = account.acquire();
  if (share === undefined) {
    return unusable(account, wordsOf(RED));
  }
  try {
    return await work(share.service);
  } finally {
    share.release();
  }
}

/** What is wrong with an account, by the labels of its dialog. What is typed is tried: nothing has to be deployed. */
function unusable({ problem }: Account, words: Words): Answer {
  if (problem?.kind === 'credentials') {
    const names = problem.missing.map((name) => words.own(`kvs-config.label.${name}`)).join(', ');
    return refused(409, 'MissingCredentials', words.text('settings.missingKeys', { names }));
  }
  const problems = (problem?.problems ?? []).map(({ property, key }) =>
    settingsProblemText({ property: words.own(`kvs-config.label.${property}`), key }, words),
  );
  return refused(409, 'InvalidInput', words.text('settings.invalid', { problems: problems.join('; ') }));
}

function shown({ StreamName, StreamARN, Status, DataRetentionInHours, MediaType }: StreamInfo): object {
  return { StreamName, StreamARN, Status, DataRetentionInHours, MediaType };
}

export function failed(RED: NodeAPI, error: unknown): Answer {
  const words = wordsOf(RED);
  const adviceOn = (traits: ErrorTraits): string => words.sentences(adviceOf(errorRow(traits)));
  if (error instanceof KinesisVideoError) {
    const { ErrorType, statusCode, operation, statements, networkCode: code } = error;
    const advice = adviceOn({ ErrorType, statusCode, operation, code });
    return refused(502, ErrorType, words.sentences(statements), advice);
  }
  const late = error instanceof Error && error.name === 'TimeoutError';
  return late
    ? refused(504, 'NetworkError', words.text('admin.timeout'), adviceOn(NETWORK))
    : refused(500, 'UnknownError', words.text('admin.unexpected'));
}

const NETWORK = { ErrorType: 'NetworkError', statusCode: null };

function wordsOf(RED: NodeAPI): Words {
  return new Words((key) => RED._(key));
}
