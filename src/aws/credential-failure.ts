/**
 * Why a source gave no credentials: whether it could not be asked, which may pass, or has none, which a person must
 * change. The SDK puts both into sentences of one error class, so its sentences are read here, and nowhere else.
 */
import { errorFromUnansweredCall, unfold, withoutSecrets } from './unanswered-call';
import { ChainFailure, type FailedSource } from './credential-chain';
import { MalformedCredentials, type FailedCall } from './credential-source';
import type { CredentialSource } from './credential-types';
import type { FailureContext } from './error-response';
import { KinesisVideoError } from './errors';
import { isInstanceExpected } from './instance';
import {
  isInstanceMessage,
  isPassingStatus,
  isProviderError,
  judgeContainer,
  judgeEnvironment,
  judgeInstance,
  judgeProfile,
  noneFound,
  passing,
  placeOf,
  said,
  type Verdict,
} from './source-verdicts';
import { awsStatement } from './aws-statements';

/** The source did not answer within its time. */
export class SourceTimeout extends Error {
  constructor(readonly timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
  }
}

/** What is known beside the failure itself. */
export interface SourceFacts extends FailureContext {
  /** How the last of the SDK's own calls failed. */
  readonly call?: FailedCall | undefined;
  /** The source has given credentials before, so it is there. */
  readonly hasAnswered?: boolean | undefined;
}

type Judged = Verdict | { readonly error: KinesisVideoError };

/**
 * A source that was asked and refused keeps its own error type; one that could not be asked is `CredentialsUnavailable`
 * or `NetworkError`; one that has none is `MissingCredentials`. What a provider says may repeat the command line and the
 * output of a credential process, so none of it is passed on.
 */
export function credentialError(
  source: CredentialSource,
  failure: unknown,
  facts: SourceFacts,
): KinesisVideoError {
  const verdicts = failedSources(source, failure)
    .map((failed) => judge(failed, facts))
    .filter((verdict) => verdict !== undefined);
  const verdict =
    verdicts.find((each) => 'error' in each || each.isPassing === true) ?? verdicts[0] ?? noneFound(source);
  if ('error' in verdict) {
    return verdict.error;
  }
  const { statements, words, isPassing = false } = verdict;
  const [ErrorType, what, key] = isPassing
    ? ([
        'CredentialsUnavailable',
        'The source of AWS credentials could not be asked',
        'credentials.notAsked',
      ] as const)
    : failure instanceof MalformedCredentials
      ? (['MalformedCredentials', 'The AWS credentials cannot be used', 'credentials.unusable'] as const)
      : (['MissingCredentials', 'No AWS credentials', 'call.noCredentials'] as const);
  return new KinesisVideoError(`${what}: ${words}.`, {
    ErrorType,
    operation: 'Credentials',
    statements: [awsStatement(key, {}), ...statements],
    cause: silenced(failure, facts),
  });
}

function failedSources(source: CredentialSource, failure: unknown): readonly FailedSource[] {
  if (failure instanceof ChainFailure) {
    return failure.failed;
  }
  return [{ kind: source.kind, ...(source.kind === 'profile' ? { profile: source.profile } : {}), failure }];
}

/** What is wrong on this machine, and not with the source. */
const LOCAL_TYPES: readonly string[] = ['EndpointError', 'InvalidCaBundle'];

function judge(failed: FailedSource, facts: SourceFacts): Judged | undefined {
  const { failure } = failed;
  const chain = unfold(failure);
  const isProviders = chain.some(isProviderError);
  const converted = errorFromUnansweredCall(failure, 'Credentials', facts);
  const isOurs = chain.some((error) => error instanceof KinesisVideoError);
  const isAnswer = converted.statusCode !== null && converted.statusCode >= 300;
  if (
    isOurs ||
    isAnswer ||
    LOCAL_TYPES.includes(converted.ErrorType) ||
    (converted.networkCode !== undefined && !isProviders)
  ) {
    return { error: converted };
  }
  if (failure instanceof MalformedCredentials) {
    return said(
      awsStatement('credentials.malformed', { member: failure.member }),
      `the ${MEMBERS[failure.member]} has a blank, a line end or another character in it that it cannot have`,
    );
  }
  if (failure instanceof SourceTimeout) {
    return passing(awsStatement('credentials.timeout', {}), `${placeOf(failed)} did not answer in time`);
  }
  const call = isProviders ? facts.call : undefined;
  if (call !== undefined && 'failure' in call) {
    return { error: errorFromUnansweredCall(call.failure, 'Credentials', facts) };
  }
  if (call !== undefined && isPassingStatus(call.statusCode)) {
    return passing(
      awsStatement('credentials.serviceFailed', { status: call.statusCode }),
      `a service that ${placeOf(failed)} needs answered HTTP ${call.statusCode}`,
    );
  }
  const message = failure instanceof Error ? failure.message : '';
  switch (failed.kind) {
    case 'environment':
      return judgeEnvironment();
    case 'profile':
      return isInstanceMessage(message)
        ? judgeInstance(failure, message, true)
        : judgeProfile(failed.profile ?? '', message, call?.statusCode);
    case 'container':
      return judgeContainer(failure, message);
    case 'instance':
      return judgeInstance(failure, message, facts.hasAnswered === true || isInstanceExpected(process.env));
    case 'webIdentity':
      return said(
        awsStatement('credentials.tokenFile', { variable: 'AWS_WEB_IDENTITY_TOKEN_FILE' }),
        'the file that AWS_WEB_IDENTITY_TOKEN_FILE names cannot be read',
      );
    default:
      return undefined;
  }
}

const MEMBERS = {
  accessKeyId: 'access key id',
  secretAccessKey: 'secret access key',
  sessionToken: 'session token',
} as const;

function silenced(failure: unknown, facts: SourceFacts): Error {
  const cause = withoutSecrets(failure, facts);
  cause.message = '';
  cause.stack = (cause.stack ?? '').replace(/^.*$/m, cause.name);
  return cause;
}
