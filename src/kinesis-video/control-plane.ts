import type { KinesisVideoClient, StreamInfo as SdkStreamInfo } from '@aws-sdk/client-kinesis-video';
import type { HttpHandlerOptions, HttpRequest, RequestSigner } from '@smithy/types';
import type { StreamRef } from '../options';
import type { Credentials } from '../aws/credential-source';
import { errorFromResponse } from '../aws/error-response';
import type { FailureContext } from '../aws/error-response';
import type { KinesisVideoError } from '../aws/errors';
import { streamMember } from './get-media';
import { clientPackage } from '../aws/sdk';
import type { Reply, Transport } from '../http/https-transport';
import { readErrorBody } from '../http/https-transport';
import type { ServiceOperation } from '../aws/operations';
import type { StreamInfo } from './types';

export interface ControlPlaneOptions {
  readonly region: string;
  readonly endpoint?: string | undefined;
  readonly useFips?: boolean | undefined;
  readonly useDualstack?: boolean | undefined;
  readonly credentials: () => Promise<Credentials>;
  readonly signer: RequestSigner;
  readonly transport: Transport;
  readonly errorBodyTimeoutMs: number;
}

/** The service documents pages of up to 10 000 streams and has been seen to send no more than 1000. */
const LARGEST_PAGE = 1000;

/** An answer other than 2xx, taken from under the SDK, which turns one that is not JSON into a SyntaxError. */
class RefusedReply extends Error {
  constructor(
    readonly statusCode: number,
    readonly headers: Readonly<Record<string, string>>,
    readonly body: string,
  ) {
    super('The service refused the call.');
  }
}

/** `GetDataEndpoint`, `ListStreams` and `DescribeStream` through the SDK's client, which is loaded when first needed. */
export class ControlPlane {
  readonly #options: ControlPlaneOptions;
  #client: KinesisVideoClient | undefined;
  /** The same for all calls, and known once one has been made: the environment may name an endpoint too. */
  #askedHost = '';

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
  }

  /** What the service answers, and which host that was. */
  async getDataEndpoint(
    stream: StreamRef,
    signal: AbortSignal,
  ): Promise<{ readonly endpoint: string | undefined; readonly askedHost: string }> {
    const { GetDataEndpointCommand } = clientPackage();
    const command = new GetDataEndpointCommand({ ...streamMember(stream), APIName: 'GET_MEDIA' });
    const { DataEndpoint } = await this.#ready().send(command, { abortSignal: signal });
    return { endpoint: DataEndpoint, askedHost: this.#askedHost };
  }

  async describeStream(stream: StreamRef, signal: AbortSignal): Promise<StreamInfo | undefined> {
    const { DescribeStreamCommand } = clientPackage();
    const command = new DescribeStreamCommand(streamMember(stream));
    const answer = await this.#ready().send(command, { abortSignal: signal });
    return streamInfo(answer.StreamInfo);
  }

  /** One page. `wanted` streams are asked for, but a page may hold fewer, or none, and still not be the last. */
  async listStreams(
    page: {
      readonly prefix?: string | undefined;
      readonly wanted: number;
      readonly NextToken?: string | undefined;
    },
    signal: AbortSignal,
  ): Promise<{ readonly streams: readonly StreamInfo[]; readonly NextToken?: string | undefined }> {
    const { ListStreamsCommand } = clientPackage();
    const command = new ListStreamsCommand({
      MaxResults: Math.min(page.wanted, LARGEST_PAGE),
      ...(page.NextToken === undefined ? {} : { NextToken: page.NextToken }),
      ...(page.prefix === undefined || page.prefix === ''
        ? {}
        : { StreamNameCondition: { ComparisonOperator: 'BEGINS_WITH', ComparisonValue: page.prefix } }),
    });
    const answer = await this.#ready().send(command, { abortSignal: signal });
    const streams = (answer.StreamInfoList ?? []).map(streamInfo).filter((info) => info !== undefined);
    return { streams, NextToken: answer.NextToken };
  }

  /** The endpoint that the SDK has for the region, whether or not one of the caller's own replaces it. */
  async regionalEndpoint(): Promise<string> {
    const { config } = this.#ready();
    const [Region, UseFIPS, UseDualStack] = await Promise.all([
      config.region(),
      config.useFipsEndpoint(),
      config.useDualstackEndpoint(),
    ]);
    return config.endpointProvider({ Region, UseFIPS, UseDualStack }).url.href;
  }

  close(): void {
    this.#client = undefined;
  }

  #ready(): KinesisVideoClient {
    this.#client ??= this.#create();
    return this.#client;
  }

  #create(): KinesisVideoClient {
    const { KinesisVideoClient } = clientPackage();
    const { region, endpoint, credentials, signer, useFips, useDualstack } = this.#options;
    return new KinesisVideoClient({
      region,
      credentials,
      signer,
      // All trying again is the session's, also where the environment asks for another retry mode.
      maxAttempts: 1,
      retryMode: 'standard',
      requestHandler: {
        handle: (request: HttpRequest, options: HttpHandlerOptions = {}) => this.#handle(request, options),
      },
      // The SDK refuses an endpoint of one's own together with these, which the environment may have switched on too.
      ...(endpoint === undefined
        ? {
            ...(useFips === true ? { useFipsEndpoint: true } : {}),
            ...(useDualstack === true ? { useDualstackEndpoint: true } : {}),
          }
        : { endpoint, useFipsEndpoint: false, useDualstackEndpoint: false }),
    });
  }

  async #handle(request: HttpRequest, options: HttpHandlerOptions): Promise<{ response: Reply }> {
    this.#askedHost = request.hostname;
    const response = await this.#options.transport.send(request, options);
    // An error that comes while no one listens would end the process.
    response.body.on('error', () => undefined);
    if (response.statusCode < 300) {
      return { response };
    }
    const signal =
      options.abortSignal instanceof AbortSignal ? options.abortSignal : new AbortController().signal;
    const body = await readErrorBody(response.body, this.#options.errorBodyTimeoutMs, signal);
    throw new RefusedReply(response.statusCode, response.headers, body);
  }
}

/** Undefined where the failure is not an answer of the service. */
export function errorFromRefusal(
  failure: unknown,
  operation: ServiceOperation,
  context: FailureContext,
): KinesisVideoError | undefined {
  return failure instanceof RefusedReply
    ? errorFromResponse(failure.statusCode, failure.headers, failure.body, operation, context)
    : undefined;
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
