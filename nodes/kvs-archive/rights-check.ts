/** Finds out which rights an output of kvs-archive lacks on a stream: by its calls, whose refusals name them. */
import type { NodeAPI } from 'node-red';
import { isRecord } from '../../src/is-record';
import {
  actionsOf,
  isDataOperation,
  KinesisVideoError,
  type KinesisVideoService,
} from '../../src/kinesis-video';
import { ARCHIVE_OUTPUTS, parseStream, type ArchiveOutput, type StreamRef } from '../../src/options';
import { findFfmpeg } from '../../src/pictures';
import { adviceOf, errorRow } from '../../src/session';
import { accountOf, type Account } from '../shared/account';
import { refused, type Answer } from '../shared/admin-answer';
import { judgeBody } from '../shared/undeployed-account';
import { Words } from '../shared/words';

const DENIED = /^(AccessDenied|NotAuthorized)(Exception)?$/;
/** A range that certainly holds nothing: rights are looked at first. */
const LONG_AGO = { from: 946_684_800_000, to: 946_684_801_000 };
const RANGE = { timestampType: 'PRODUCER_TIMESTAMP', ...LONG_AGO } as const;
const NO_FRAGMENT = '91343852333181432392682062607743920146264622859';

type Call = (service: KinesisVideoService, stream: StreamRef, signal: AbortSignal) => Promise<unknown>;

const LIST: Call = (service, stream, signal) =>
  service.listFragments(stream, { ...RANGE, MaxResults: 1 }, signal);
const GET_LISTED: Call = async (service, stream, signal) => {
  (await service.getMediaForFragmentList(stream, [NO_FRAGMENT], signal)).close();
};
const GET_MEDIA: Call = async (service, stream, signal) => {
  (await service.getMedia(stream, { StartSelectorType: 'NOW' }, signal)).close();
};
const ADDRESS = { ...RANGE, playbackMode: 'ON_DEMAND', expiresSeconds: 300 } as const;
const IMAGES: Call = (service, stream, signal) =>
  service.getImages(stream, { ...RANGE, format: 'jpeg', intervalMs: 1_000 }, signal);
const HLS: Call = (service, stream, signal) => service.getHlsStreamingSessionUrl(stream, ADDRESS, signal);
const DASH: Call = (service, stream, signal) => service.getDashStreamingSessionUrl(stream, ADDRESS, signal);

/** The calls that each output makes: kept by hand, since which of them a request takes depends on what is stored. */
const CALLS: Readonly<Record<ArchiveOutput, readonly Call[]>> = {
  clip: [GET_MEDIA, LIST, GET_LISTED],
  image: [GET_MEDIA, LIST, GET_LISTED],
  chunks: [GET_MEDIA, LIST, GET_LISTED],
  fragments: [LIST],
  url: [HLS],
};

/**
 * With the account of a deployed config node.
 *
 * @param question the request's body, not yet checked: `{stream, output, protocol, imageSource}`
 */
export async function testRights(
  RED: NodeAPI,
  id: string,
  question: unknown,
  signal: AbortSignal,
): Promise<Answer> {
  const account = accountOf(RED.nodes.getNode(id));
  const words = wordsOf(RED);
  return account === undefined
    ? refused(404, 'NotDeployed', words.text('admin.notDeployed'), words.own('kvs-archive.test.deploy'))
    : rightsOf(RED, account, question, signal);
}

/**
 * With the account that a dialog's values make.
 *
 * @param length of the body, bytes
 * @param body as for a test of an account, and the question
 */
export async function testRightsOfValues(
  RED: NodeAPI,
  length: number,
  body: unknown,
  signal: AbortSignal,
): Promise<Answer> {
  const verdict = judgeBody(RED, length, body);
  return 'refusal' in verdict ? verdict.refusal : rightsOf(RED, verdict.account, body, signal);
}

async function rightsOf(
  RED: NodeAPI,
  account: Account,
  question: unknown,
  signal: AbortSignal,
): Promise<Answer> {
  const share = account.acquire();
  if (share === undefined) {
    return refused(409, 'InvalidInput', wordsOf(RED).own('kvs-archive.test.account'));
  }
  try {
    const { stream: name, output: asked, protocol, imageSource } = isRecord(question) ? question : {};
    const stream = typeof name === 'string' ? parseStream(name.trim()) : undefined;
    const output = ARCHIVE_OUTPUTS.find((known) => known === asked);
    if (stream === undefined || output === undefined) {
      return refused(400, 'InvalidInput', wordsOf(RED).own('kvs-archive.error.noStream'));
    }
    const missing = new Set<string>();
    for (const call of await callsOf(output, protocol, imageSource)) {
      for (const action of await lacking(call, share.service, stream, signal)) {
        missing.add(action);
      }
    }
    return { status: 200, body: { missing: [...missing] } };
  } finally {
    share.release();
  }
}

async function callsOf(
  output: ArchiveOutput,
  protocol: unknown,
  imageSource: unknown,
): Promise<readonly Call[]> {
  if (output === 'image') {
    const isDecodedHere =
      imageSource === 'ffmpeg' || (imageSource !== 'GetImages' && (await findFfmpeg()) !== undefined);
    return isDecodedHere ? CALLS.image : [LIST, IMAGES];
  }
  return output === 'url' && protocol === 'DASH' ? [DASH] : CALLS[output];
}

/** The actions that the call is refused for. Whatever else goes wrong with it is no matter of rights, or is thrown. */
async function lacking(
  call: Call,
  service: KinesisVideoService,
  stream: StreamRef,
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    await call(service, stream, signal);
    return [];
  } catch (error) {
    if (!(error instanceof KinesisVideoError)) {
      throw error;
    }
    const { ErrorType, statusCode, operation } = error;
    if (DENIED.test(ErrorType)) {
      const own = `kinesisvideo:${operation}`;
      return isDataOperation(operation) ? actionsOf(operation).slice(-1) : [own];
    }
    const isAnswered = statusCode === 400 || ErrorType === 'NoMediaInRange';
    if (isAnswered && errorRow({ ErrorType, statusCode, operation }).class !== 'refused') {
      return [];
    }
    throw error;
  }
}

export function failedTest(RED: NodeAPI, error: unknown): Answer {
  const words = wordsOf(RED);
  if (error instanceof KinesisVideoError) {
    const { ErrorType, statusCode, operation, statements } = error;
    const advice = words.sentences(adviceOf(errorRow({ ErrorType, statusCode, operation })));
    return refused(502, ErrorType, words.sentences(statements), advice);
  }
  return refused(504, 'NetworkError', words.text('admin.timeout'));
}

function wordsOf(RED: NodeAPI): Words {
  return new Words((key) => RED._(key));
}
