/** The AWS default provider chain, link by link, so that it is known which link gave credentials and why others failed. */
import { readFile } from 'node:fs/promises';
import type { CredentialOrigin } from './credential-origin';
import type { Credentials } from './credential-types';
import { providersPackage } from './packages';
import type { SdkRequestHandler } from './sdk-client';
import { chosenProfile } from './shared-files';

/** A failed attempt to get credentials from one place. */
export interface FailedSource {
  /** `default`: the chain as a whole. */
  readonly kind: CredentialOrigin['kind'] | 'default';
  /** With `profile`. */
  readonly profile?: string;
  readonly failure: unknown;
}

/** No link of the chain provided credentials. */
export class ChainFailure extends Error {
  constructor(readonly failed: readonly FailedSource[]) {
    super('The default provider chain has no credentials.');
  }
}

export interface ChainOptions {
  readonly region: string;
  readonly requestHandler: SdkRequestHandler;
}

/** Where credentials were found. */
export interface FoundCredentials {
  readonly kind: CredentialOrigin['kind'];
  readonly profile?: string;
  readonly found: Credentials;
}

interface Link extends Omit<FoundCredentials, 'found'> {
  readonly ask: () => Promise<Credentials>;
}

/**
 * Asks the environment, the shared files, web identity, and the container or the instance, in this order. The SDK's
 * own chain says neither where credentials were found nor why an earlier link failed.
 * https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/setting-credentials-node.html
 */
export async function askChain(options: ChainOptions): Promise<FoundCredentials> {
  const failed: FailedSource[] = [];
  for (const { ask, ...place } of linksOf(options, process.env)) {
    try {
      return { ...place, found: await ask() };
    } catch (failure) {
      failed.push({ ...place, failure });
      if (!triesNext(failure)) {
        break;
      }
    }
  }
  throw new ChainFailure(failed);
}

function linksOf(options: ChainOptions, environment: NodeJS.ProcessEnv): Link[] {
  const { fromEnv, fromIni, fromWebToken } = providersPackage();
  const shared = sharedOptions(options);
  const text = (name: string): string => environment[name]?.trim() ?? '';
  const profile = chosenProfile(environment);
  const links: Link[] = [{ kind: 'profile', profile, ask: fromIni({ ...shared, profile }) }];
  if (text('AWS_PROFILE') === '') {
    // Who chooses a profile wants it, whatever keys the environment has.
    links.unshift({ kind: 'environment', ask: fromEnv(shared) });
  }
  const tokenFile = text('AWS_WEB_IDENTITY_TOKEN_FILE');
  const roleArn = text('AWS_ROLE_ARN');
  if (tokenFile !== '' && roleArn !== '') {
    const name = text('AWS_ROLE_SESSION_NAME');
    const session = name === '' ? {} : { roleSessionName: name };
    const ask = async (): Promise<Credentials> =>
      fromWebToken({ ...shared, ...session, roleArn, webIdentityToken: await readToken(tokenFile) })();
    links.push({ kind: 'webIdentity', ask });
  }
  return [...links, ...remoteLinks(shared, text)];
}

function remoteLinks(shared: ReturnType<typeof sharedOptions>, text: (name: string) => string): Link[] {
  const relative = text('AWS_CONTAINER_CREDENTIALS_RELATIVE_URI');
  const full = text('AWS_CONTAINER_CREDENTIALS_FULL_URI');
  const { fromHttp, fromInstanceMetadata } = providersPackage();
  if (relative !== '' || full !== '') {
    const ask = async (): Promise<Credentials> => {
      const file = text('AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE');
      const token = file === '' ? text('AWS_CONTAINER_AUTHORIZATION_TOKEN') : await readToken(file);
      return fromHttp({
        logger: shared.logger,
        awsContainerCredentialsRelativeUri: relative,
        awsContainerCredentialsFullUri: full,
        awsContainerAuthorizationToken: token,
        // Read above, since a line end at the end of the file fits into no header.
        awsContainerAuthorizationTokenFile: '',
      })();
    };
    return [{ kind: 'container', ask }];
  }
  const disabled = text('AWS_EC2_METADATA_DISABLED');
  return disabled !== '' && disabled.toLowerCase() !== 'false'
    ? []
    : [{ kind: 'instance', ask: fromInstanceMetadata({ logger: shared.logger }) }];
}

async function readToken(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trim();
}

/** What the SDK's providers are made with. What they would print stays unsaid. */
export function sharedOptions({ region, requestHandler }: ChainOptions) {
  return {
    ignoreCache: true,
    parentClientConfig: { region },
    clientConfig: { requestHandler },
    logger: SILENT,
  };
}

/** By the SDK's own mark: a provider that found nothing lets the next one try. */
function triesNext(failure: unknown): boolean {
  return (
    typeof failure === 'object' &&
    failure !== null &&
    'tryNextLink' in failure &&
    failure.tryNextLink === true
  );
}

const silent = (): void => undefined;
const SILENT = { trace: silent, debug: silent, info: silent, warn: silent, error: silent };
