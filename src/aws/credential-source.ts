/** Asks each kind of source for its credentials, through the SDK's providers where there is one. */
import type { HttpsTransport } from '../http';
import { assertSpareDescriptors } from '../lazily';
import { definedOnly } from '../defined-only';
import type { RoleSettings } from '../options';
import type { CredentialOrigin } from './credential-origin';
import { originOf } from './credential-origin';
import type { Credentials, CredentialSource } from './credential-types';
import { IotCredentials } from './iot-credentials';
import { providersPackage } from './packages';
import { endpointVariant, sdkRequestHandler, type SdkRequestHandler } from './sdk-client';

/** Asked anew each time; keeping what it says is the caller's. */
export interface CredentialProvider {
  (): Promise<Credentials>;
  /** Where the last credentials came from. */
  origin(): CredentialOrigin | undefined;
  /** What the source gave last, which is what a role is assumed with. */
  found(): Credentials | undefined;
}

export interface ProviderOptions {
  readonly region: string;
  readonly transport: HttpsTransport;
  readonly useFips?: boolean | undefined;
  readonly useDualstack?: boolean | undefined;
  /** For the answer of STS or of AWS IoT, ms. */
  readonly answerTimeoutMs: number;
  /** With a role: what it is assumed with. */
  readonly base?: BaseCredentials | undefined;
}

/** The credentials of a source without its role, which other roles may be assumed with too. */
export interface BaseCredentials {
  get(): Promise<Credentials>;
  readonly origin: CredentialOrigin | undefined;
  /** Makes the next `get` ask the source again where what was given last is still what it would give. */
  forget(): void;
}

export function createProvider(source: CredentialSource, options: ProviderOptions): CredentialProvider {
  let origin: CredentialOrigin | undefined;
  let found: Credentials | undefined;
  const { role } = source;
  const { base } = options;
  if (role !== undefined) {
    if (base === undefined) {
      throw new Error('A role is assumed with the credentials of its source.');
    }
    const assume = assuming(
      role,
      async () => {
        found = await base.get();
        origin = base.origin;
        return found;
      },
      options,
    );
    return Object.assign(assume, {
      origin: () => (origin === undefined ? undefined : { ...origin, roleArn: role.roleArn }),
      found: () => found,
    });
  }
  let lastTried: string | undefined;
  const ask = createBase(source, options, (said) => {
    lastTried = said;
  });
  const provide = async (): Promise<Credentials> => {
    // The SDK takes a file that it cannot open for one that is absent, and would use other credentials.
    assertSpareDescriptors();
    found = await ask();
    origin = originOf(source, found, lastTried);
    return found;
  };
  return Object.assign(provide, { origin: () => origin, found: () => found });
}

function createBase(
  source: CredentialSource,
  options: ProviderOptions,
  tried: (provider: string) => void,
): () => Promise<Credentials> {
  if (source.kind === 'keys') {
    const { accessKeyId, secretAccessKey, sessionToken } = source;
    const token = sessionToken?.trim() ?? '';
    const held = definedOnly({
      accessKeyId,
      secretAccessKey,
      sessionToken: token === '' ? undefined : token,
    });
    return () => Promise.resolve(held);
  }
  if (source.kind === 'iot') {
    const { transport, answerTimeoutMs } = options;
    const iot = new IotCredentials({ ...source, transport, answerTimeoutMs });
    return () => iot.get();
  }
  const { fromIni, fromNodeProviderChain } = providersPackage();
  const requestHandler = requestHandlerFor(options);
  const shared = {
    ignoreCache: true,
    parentClientConfig: { region: options.region },
    clientConfig: { requestHandler },
    logger: listener(tried),
  };
  // A profile that is named and absent must fail: the whole chain would go on to whatever role the machine has.
  return source.kind === 'profile'
    ? fromIni({ ...shared, profile: source.profile })
    : refreshing(fromNodeProviderChain(shared));
}

/**
 * The chain keeps what it found: shortly before that expires it gives it once more while it asks on its own. Then it is
 * not known which of its providers the answer came from. So it is told to ask, and to wait for what it finds.
 */
function refreshing(
  chain: (properties: { forceRefresh: boolean }) => Promise<Credentials>,
): () => Promise<Credentials> {
  return () => chain({ forceRefresh: true });
}

function assuming(
  role: RoleSettings,
  masterCredentials: () => Promise<Credentials>,
  options: ProviderOptions,
): () => Promise<Credentials> {
  const { fromTemporaryCredentials } = providersPackage();
  const { region, useFips, useDualstack } = options;
  const { roleArn, externalId, roleSessionName } = role;
  return fromTemporaryCredentials({
    masterCredentials,
    params: definedOnly({ RoleArn: roleArn, RoleSessionName: roleSessionName, ExternalId: externalId }),
    clientConfig: {
      region,
      requestHandler: requestHandlerFor(options),
      ...endpointVariant({ useFips, useDualstack }),
    },
  });
}

/** The SDK's own calls for credentials take the same way as all others: proxy, authorities, time limits. */
function requestHandlerFor({ transport, answerTimeoutMs }: ProviderOptions): SdkRequestHandler {
  return sdkRequestHandler((request, abortSignal = AbortSignal.timeout(answerTimeoutMs)) =>
    transport.send(request, { abortSignal }),
  );
}

/** Hears which provider of the chain is tried. Everything else that the SDK would print stays unsaid. */
function listener(tried: (provider: string) => void) {
  const silent = (): void => undefined;
  const debug = (...said: unknown[]): void => {
    const [first] = said;
    if (typeof first === 'string' && first.startsWith('@aws-sdk/credential-provider-node - ')) {
      tried(first);
    }
  };
  return { trace: silent, debug, info: silent, warn: silent, error: silent };
}
