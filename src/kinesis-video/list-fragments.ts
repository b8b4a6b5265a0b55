/** ListFragments: what is stored of a stream, a page at a time. */
import type { Fragment as SdkFragment } from '@aws-sdk/client-kinesis-video-archived-media';
import type { AwsAccount } from '../aws';
import { definedOnly } from '../defined-only';
import { FRAGMENT_NUMBER_PATTERN, type StreamRef } from '../options';
import { archivedPackage, type ArchivedClients } from './archived-client';
import { streamMember } from './stream-member';
import type { FragmentPage, ListFragmentsRequest, StoredFragment } from './types';

/** One page. The service gives fragments in no order, within a page or across pages. */
export async function listFragments(
  account: AwsAccount,
  clients: ArchivedClients,
  endpoint: string,
  stream: StreamRef,
  request: ListFragmentsRequest,
  signal: AbortSignal,
): Promise<FragmentPage> {
  const input = {
    ...streamMember(stream),
    MaxResults: request.MaxResults,
    // The service takes one of the two.
    ...('NextToken' in request
      ? { NextToken: request.NextToken }
      : {
          FragmentSelector: {
            FragmentSelectorType: request.timestampType,
            TimestampRange: { StartTimestamp: new Date(request.from), EndTimestamp: new Date(request.to) },
          },
        }),
  };
  const { Fragments, NextToken } = await account.call('ListFragments', stream, signal, (abortSignal) => {
    const { ListFragmentsCommand } = archivedPackage();
    return clients.at(endpoint).send(new ListFragmentsCommand(input), { abortSignal });
  });
  const fragments = (Fragments ?? []).map(storedFragment).filter((fragment) => fragment !== undefined);
  return { fragments, ...definedOnly({ NextToken: NextToken === '' ? undefined : NextToken }) };
}

/** Undefined for one without a valid number or times, which nothing could be done with. Sizes and lengths are 0 at least. */
function storedFragment(fragment: SdkFragment | null): StoredFragment | undefined {
  const { FragmentNumber = '', ProducerTimestamp, ServerTimestamp } = fragment ?? {};
  if (
    !FRAGMENT_NUMBER_PATTERN.test(FragmentNumber) ||
    ProducerTimestamp === undefined ||
    ServerTimestamp === undefined
  ) {
    return undefined;
  }
  return {
    FragmentNumber,
    FragmentSizeInBytes: Math.max(0, fragment?.FragmentSizeInBytes ?? 0),
    ProducerTimestamp: ProducerTimestamp.getTime(),
    ServerTimestamp: ServerTimestamp.getTime(),
    FragmentLengthInMilliseconds: Math.max(0, fragment?.FragmentLengthInMilliseconds ?? 0),
  };
}
