/** Asks each kind of source for its credentials, through the SDK's providers where there is one. */
import type { HttpsTransport } from '../http';
import { assertSpareDescriptors } from '../lazily';
import { definedOnly } from '../defined-only';
import type { RoleSettings } from '../options';
import { askChain, sharedOptions } from './credential-chain';
import type { CredentialOrigin } from './credential-origin';
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
  /** How the last call for credentials over our own network failed: the SDK tells only that it did. */
  failedCall(): FailedCall | undefined;
}

/** A call to STS, SSO or the like that got no answer, or one with this HTTP status. */
export type FailedCall = { readonly failure: unknown } | { readonly statusCode: number };

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
  const calls = new CallRecorder(options);
  const { role } = source;
  const { base } = options;
  const known = { found: () => found, failedCall: () => calls.failed };
  if (role !== undefined) {
    if (base === undefined) {
      throw new Error('A role is assumed with the credentials of its source.');
    }
    const baseCredentials = async (): Promise<Credentials> => {
      found = await base.get();
      origin = base.origin;
      return found;
    };
    const assume = assuming(role, baseCredentials, options, calls.requestHandler);
    return Object.assign(async () => cleaned(await assume()), {
      ...known,
      origin: () => (origin === undefined ? undefined : { ...origin, roleArn: role.roleArn }),
    });
  }
  const provide = async (): Promise<Credentials> => {
    // The SDK takes a file that it cannot open for one that is absent, and would use other credentials.
    assertSpareDescriptors();
    const answer = await askSource(source, options, calls.requestHandler);
    origin = answer.origin;
    found = cleaned(answer.found);
    return found;
  };
  return Object.assign(provide, { ...known, origin: () => origin });
}

interface FoundCredentials {
  readonly found: Credentials;
  readonly origin: CredentialOrigin;
}

async function askSource(
  source: CredentialSource,
  options: ProviderOptions,
  requestHandler: SdkRequestHandler,
): Promise<FoundCredentials> {
  const { kind } = source;
  const chainOptions = { region: options.region, requestHandler };
  switch (kind) {
    case 'keys': {
      const { accessKeyId, secretAccessKey, sessionToken } = source;
      return { found: definedOnly({ accessKeyId, secretAccessKey, sessionToken }), origin: { kind } };
    }
    case 'iot': {
      const { transport, answerTimeoutMs } = options;
      const found = await new IotCredentials({ ...source, transport, answerTimeoutMs }).get();
      return { found, origin: { kind, ...definedOnly({ thingName: source.thingName }) } };
    }
    case 'profile': {
      // A profile that is named and absent must fail: the whole chain would use whatever role the machine has.
      const { profile } = source;
      const ask = providersPackage().fromIni({ ...sharedOptions(chainOptions), profile });
      return { found: await ask(), origin: { kind, profile } };
    }
    case 'default': {
      const { found, kind: foundIn, profile } = await askChain(chainOptions);
      return { found, origin: { kind: foundIn, ...definedOnly({ profile }) } };
    }
  }
}

/** Values from files and environment variables often end in a blank or a line end, which no key contains. */
function cleaned(credentials: Credentials): Credentials {
  const { accessKeyId, secretAccessKey, sessionToken = '', ...more } = credentials;
  const token = sessionToken.trim();
  const found: Credentials = {
    ...more,
    accessKeyId: accessKeyId.trim(),
    secretAccessKey: secretAccessKey.trim(),
    ...(token === '' ? {} : { sessionToken: token }),
  };
  for (const name of ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const) {
    if (!/^[\x21-\x7e]*$/.test(found[name] ?? '')) {
      throw new MalformedCredentials(name);
    }
  }
  return found;
}

/** A key or token has characters in it that no key or token has, so no request can be signed with it. */
export class MalformedCredentials extends Error {
  constructor(readonly member: 'accessKeyId' | 'secretAccessKey' | 'sessionToken') {
    super(`${member} has a character that it cannot have`);
  }
}

function assuming(
  role: RoleSettings,
  masterCredentials: () => Promise<Credentials>,
  options: ProviderOptions,
  requestHandler: SdkRequestHandler,
): () => Promise<Credentials> {
  const { fromTemporaryCredentials } = providersPackage();
  const { region, useFips, useDualstack } = options;
  const { roleArn, externalId, roleSessionName } = role;
  return fromTemporaryCredentials({
    masterCredentials,
    params: definedOnly({ RoleArn: roleArn, RoleSessionName: roleSessionName, ExternalId: externalId }),
    clientConfig: {
      region,
      requestHandler,
      ...endpointVariant({ useFips, useDualstack }),
    },
  });
}

/** Sends the SDK's own calls for credentials the same way as all others: proxy, CA, time limits. */
class CallRecorder {
  failed: FailedCall | undefined;
  readonly requestHandler: SdkRequestHandler;

  constructor({ transport, answerTimeoutMs }: ProviderOptions) {
    this.requestHandler = sdkRequestHandler(
      async (request, abortSignal = AbortSignal.timeout(answerTimeoutMs)) => {
        this.failed = undefined;
        try {
          const answer = await transport.send(request, { abortSignal });
          this.failed = answer.statusCode < 300 ? undefined : { statusCode: answer.statusCode };
          return answer;
        } catch (failure) {
          this.failed = { failure };
          throw failure;
        }
      },
    );
  }
}
