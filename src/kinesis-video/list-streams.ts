/** ListStreams, page by page. */
import type { StreamInfo as SdkStreamInfo } from '@aws-sdk/client-kinesis-video';
import type { AwsAccount } from '../aws';
import { definedOnly } from '../defined-only';
import { controlPackage, type ControlClient } from './control-client';
import type { StreamInfo } from './types';

export interface ListStreamsOptions {
  /** What the names begin with. */
  readonly prefix?: string;
  /** All streams where it is absent. */
  readonly limit?: number;
}

/** The service documents pages of up to 10 000 streams and has been seen to send no more than 1000. */
const LARGEST_PAGE = 1000;
/** A hundred times as many as an account has by default; tokens may come without end. */
const MOST_PAGES = 1_000;

/** Streams in the service's order. A page may hold fewer than it was asked for, or none, and still not be the last. */
export async function listStreams(
  account: AwsAccount,
  control: ControlClient,
  { prefix = '', limit = Infinity }: ListStreamsOptions,
  signal: AbortSignal | undefined,
): Promise<StreamInfo[]> {
  const found: StreamInfo[] = [];
  let token: string | undefined;
  for (let page = 0; found.length < limit && page < MOST_PAGES; page += 1) {
    const input = {
      MaxResults: Math.min(limit - found.length, LARGEST_PAGE),
      NextToken: token,
      StreamNameCondition:
        prefix === '' ? undefined : { ComparisonOperator: 'BEGINS_WITH' as const, ComparisonValue: prefix },
    };
    const { StreamInfoList, NextToken } = await account.call(
      'ListStreams',
      undefined,
      signal,
      (abortSignal) => {
        const { ListStreamsCommand } = controlPackage();
        return control.sdk.send(new ListStreamsCommand(definedOnly(input)), { abortSignal });
      },
    );
    const streams = (StreamInfoList ?? []).map(streamInfo).filter((info) => info !== undefined);
    found.push(...streams.slice(0, limit - found.length));
    if (NextToken === undefined || NextToken === '' || NextToken === token) {
      break;
    }
    token = NextToken;
  }
  return found;
}

/** The service sends null for what it does not know. */
function streamInfo(info: SdkStreamInfo | undefined): StreamInfo | undefined {
  const { StreamName, StreamARN } = info ?? {};
  if (info === undefined || typeof StreamName !== 'string' || typeof StreamARN !== 'string') {
    return undefined;
  }
  const CreationTime = info.CreationTime?.getTime();
  const { Status, MediaType, DataRetentionInHours, DeviceName, KmsKeyId } = info;
  const optional = { Status, MediaType, DataRetentionInHours, CreationTime, DeviceName, KmsKeyId };
  const known: [string, unknown][] = Object.entries(optional);
  const given = known.filter(([, value]) => value !== undefined && value !== null);
  return { StreamName, StreamARN, ...Object.fromEntries(given) };
}
