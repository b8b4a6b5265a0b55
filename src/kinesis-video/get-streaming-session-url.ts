/** GetHLSStreamingSessionURL and GetDASHStreamingSessionURL: an address that a player reads stored or live media from. */
import { awsStatement, callStatement, KinesisVideoError, type AwsAccount } from '../aws';
import { definedOnly } from '../defined-only';
import { isLoopback, type StreamRef } from '../options';
import { archivedPackage, type ArchivedClients } from './archived-client';
import { streamMember } from './stream-member';
import { timestampRange, type SessionUrlRequest } from './types';

const HLS = 'GetHLSStreamingSessionURL';
const DASH = 'GetDASHStreamingSessionURL';

/** The URL is a secret: whoever has it sees the media until it expires. */
export async function getHlsStreamingSessionUrl(
  account: AwsAccount,
  clients: ArchivedClients,
  endpoint: string,
  stream: StreamRef,
  request: SessionUrlRequest,
  signal: AbortSignal,
): Promise<string> {
  const input = { ...inputOf(stream, request), HLSFragmentSelector: selectorOf(request) };
  const { HLSStreamingSessionURL } = await account.call(HLS, stream, signal, (abortSignal) => {
    const { GetHLSStreamingSessionURLCommand } = archivedPackage();
    return clients.at(endpoint).send(new GetHLSStreamingSessionURLCommand(input), { abortSignal });
  });
  return presentUrl(HLSStreamingSessionURL, HLS, stream);
}

/** The URL is a secret: whoever has it sees the media until it expires. */
export async function getDashStreamingSessionUrl(
  account: AwsAccount,
  clients: ArchivedClients,
  endpoint: string,
  stream: StreamRef,
  request: SessionUrlRequest,
  signal: AbortSignal,
): Promise<string> {
  const input = { ...inputOf(stream, request), DASHFragmentSelector: selectorOf(request) };
  const { DASHStreamingSessionURL } = await account.call(DASH, stream, signal, (abortSignal) => {
    const { GetDASHStreamingSessionURLCommand } = archivedPackage();
    return clients.at(endpoint).send(new GetDASHStreamingSessionURLCommand(input), { abortSignal });
  });
  return presentUrl(DASHStreamingSessionURL, DASH, stream);
}

function inputOf(stream: StreamRef, { playbackMode, expiresSeconds }: SessionUrlRequest) {
  return { ...streamMember(stream), PlaybackMode: playbackMode, Expires: expiresSeconds };
}

function selectorOf(request: SessionUrlRequest) {
  return definedOnly({
    FragmentSelectorType: request.timestampType,
    TimestampRange: timestampRange(request),
  });
}

/** @throws {KinesisVideoError} where the answer has no URL, or none that a player may be given */
function presentUrl(url: string | undefined, operation: typeof HLS | typeof DASH, stream: StreamRef): string {
  if (url === undefined || url === '') {
    const message = `${operation} for stream "${stream.StreamName}" got an answer without a URL.`;
    throw new KinesisVideoError(message, {
      ...{ ErrorType: 'InvalidEndpoint', operation },
      statements: [callStatement(operation, stream), awsStatement('endpoint.missing', {})],
    });
  }
  if (!isPlayable(url)) {
    const message = `${operation} for stream "${stream.StreamName}" got a URL that is not an https address.`;
    throw new KinesisVideoError(message, {
      ...{ ErrorType: 'InvalidEndpoint', operation },
      statements: [callStatement(operation, stream), awsStatement('endpoint.malformed', {})],
    });
  }
  return url;
}

/** A page may show the URL as it is, so it must not be a script, and what leads to media must not go over plain http. */
function isPlayable(text: string): boolean {
  if (!URL.canParse(text)) {
    return false;
  }
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}
