/** GetDataEndpoint: where the calls of an API go that are about one stream. */
import {
  callStatement,
  checkDataEndpoint,
  describeCall,
  KinesisVideoError,
  type APIName,
  type AwsAccount,
} from '../aws';
import type { StreamRef } from '../options';
import { controlPackage, type ControlClient } from './control-client';
import { streamMember } from './stream-member';

/** Rejects if the answer is not an endpoint, or one that signed calls may not be sent to. */
export async function getDataEndpoint(
  account: AwsAccount,
  control: ControlClient,
  stream: StreamRef,
  APIName: APIName,
  signal: AbortSignal,
): Promise<string> {
  const answer = await account.call('GetDataEndpoint', stream, signal, (abortSignal) => {
    const { GetDataEndpointCommand } = controlPackage();
    const command = new GetDataEndpointCommand({ ...streamMember(stream), APIName });
    return control.sdk.send(command, { abortSignal });
  });
  const owner = { region: account.region, askedHost: control.askedHost };
  const checked = checkDataEndpoint(answer.DataEndpoint, owner, account.secrets);
  if ('problem' in checked) {
    throw new KinesisVideoError(`${describeCall('GetDataEndpoint', stream)} ${checked.problem}.`, {
      ErrorType: 'InvalidEndpoint',
      operation: 'GetDataEndpoint',
      statements: [callStatement('GetDataEndpoint', stream), checked.statement],
    });
  }
  return checked.endpoint;
}
