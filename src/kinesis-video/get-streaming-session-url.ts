/** GetHLSStreamingSessionURL: an address that a player reads stored or live media from, by HLS. */
import { awsStatement, callStatement, KinesisVideoError, type AwsAccount } from '../aws';
import { definedOnly } from '../defined-only';
import type { StreamRef } from '../options';
import { archivedPackage, type ArchivedClients } from './archived-client';
import { streamMember } from './stream-member';
import { timestampRange, type SessionUrlRequest } from './types';

/** The URL is a secret: whoever has it sees the media until it expires. */
export async function getHlsStreamingSessionUrl(
  account: AwsAccount,
  clients: ArchivedClients,
  endpoint: string,
  stream: StreamRef,
  request: SessionUrlRequest,
  signal: AbortSignal,
): Promise<string> {
  const input = {
    ...streamMember(stream),
    PlaybackMode: request.playbackMode,
    Expires: request.expiresSeconds,
    HLSFragmentSelector: definedOnly({
      FragmentSelectorType: request.timestampType,
      TimestampRange: timestampRange(request),
    }),
  };
  const operation = 'GetHLSStreamingSessionURL';
  const answer = await account.call(operation, stream, signal, (abortSignal) => {
    const { GetHLSStreamingSessionURLCommand } = archivedPackage();
    return clients.at(endpoint).send(new GetHLSStreamingSessionURLCommand(input), { abortSignal });
  });
  const url = answer.HLSStreamingSessionURL;
  if (url === undefined || url === '') {
    const message = `${operation} for stream "${stream.StreamName}" got an answer without a URL.`;
    throw new KinesisVideoError(message, {
      ...{ ErrorType: 'InvalidEndpoint', operation },
      statements: [callStatement(operation, stream), awsStatement('endpoint.missing', {})],
    });
  }
  return url;
}
