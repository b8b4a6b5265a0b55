/** What is wrong with the settings of a node or its account, as the log and the error output say it. */
import { LIMITS, type SettingsProblem } from '../../src/options';
import type { ErrorReport } from '../../src/session';
import type { Account } from './account';
import { localError } from './local-error';

/** Settings problems as the log and the error output say them. The dialogs have their own, translated wording. */
export function settingsProblemText({ property, key }: SettingsProblem): string {
  switch (key) {
    case 'missing':
      return `${property} is missing`;
    case 'malformedRegion':
      return 'region is not the name of an AWS region such as eu-central-1';
    case 'unknownAuth':
      return 'auth is none of keys, default, profile and iot';
    case 'malformedEndpoint':
      return 'endpoint is not a plain https URL';
    case 'insecureEndpoint':
      return 'endpoint is http, which is for this machine’s own (loopback) addresses alone';
    case 'malformedRoleArn':
      return 'roleArn is not the ARN of an IAM role';
    case 'malformedExternalId':
      return 'externalId is not 2 to 1224 letters, digits and + = , . @ : / - _';
    case 'malformedSessionName':
      return 'roleSessionName is not 2 to 64 letters, digits and + = , . @ - _';
    case 'malformedIotEndpoint':
      return 'iotEndpoint is not the name of a host';
    case 'otherIotEndpoint':
      return 'iotEndpoint is the one of MQTT; the credential provider’s has .credentials.iot. in it';
    case 'malformedRoleAlias':
      return 'iotRoleAlias is not 1 to 128 letters, digits and = , @ - _';
    case 'malformedThingName':
      return 'iotThingName is not 1 to 128 letters, digits and : - _';
    case 'goneReference':
      return `${property} names a node that does not exist, is disabled or is not deployed`;
    case 'unusableTls':
      return 'the certificate, key or CA of the tls-config node cannot be read';
    case 'noCertificate':
      return 'the tls-config node has no certificate and key';
    case 'malformedProxy':
      return 'the proxy’s URL is not one that begins with http:// or https://';
    case 'malformedStream':
      return 'stream is neither a stream name nor a stream ARN';
    case 'otherRegion':
      return 'stream is an ARN of another region than the config node’s';
    case 'unknownStartSelector':
      return 'startSelectorType is none of the six start selectors';
    case 'malformedFragmentNumber':
      return `${property} is not a fragment number, a string of digits`;
    case 'malformedTimestamp':
      return `${property} is not a time in ISO 8601 or in ms since the epoch`;
    case 'malformedToken':
      return `${property} is not a continuation token: it has characters that cannot be printed`;
    case 'unknownEmit':
      return 'emit is neither chunk nor frame';
    case 'unknownUntil':
      return 'untilType is none of at, FragmentNumber, chunks, mediaSeconds and silentSeconds';
    case 'malformedCount':
      return `${property} is not a whole number from 1`;
    case 'malformedSeconds':
      return `${property} is not a number of seconds above 0`;
    case 'notANumber':
      return `${property} is not a number`;
    case 'notAnInteger':
      return `${property} is not a whole number`;
    case 'outOfRange':
      return `${property} is out of range${rangeOf(property)}`;
    case 'newerVersion':
      return 'its settings were made by a newer version of this package';
  }
}

const NO_ACCOUNT =
  'No config node is chosen, or it is disabled, or it does not exist. Choose one, or enable it.';

/** The first setting that keeps a node from starting; empty where it is none, as with missing credentials. */
export function settingAtFault(account: Account | undefined, problems: readonly SettingsProblem[]): string {
  if (account === undefined) {
    return 'config';
  }
  const { problem } = account;
  const [first] = problem === undefined ? problems : problem.kind === 'settings' ? problem.problems : [];
  return first?.property ?? '';
}

/** Why the node cannot start at all, as an error; undefined where nothing is wrong. No call is made then. */
export function settingsError(
  account: Account | undefined,
  problems: readonly SettingsProblem[],
): ErrorReport | undefined {
  if (account === undefined) {
    return localError('InvalidInput', 'Input', NO_ACCOUNT, 'stop');
  }
  const { problem } = account;
  if (problem?.kind === 'credentials') {
    const are = problem.missing.length === 1 ? 'is' : 'are';
    return localError(
      'MissingCredentials',
      'Credentials',
      `The config node holds no access keys: ${problem.missing.join(' and ')} ${are} missing. Type them, or choose another source of credentials.`,
      'stop',
    );
  }
  const wrong = [
    ...(problem?.problems ?? []).map((found) => `${settingsProblemText(found)} (config node)`),
    ...problems.map(settingsProblemText),
  ];
  return wrong.length === 0
    ? undefined
    : localError(
        'InvalidInput',
        'Input',
        `The settings cannot be used: ${wrong.join('; ')}. Correct and deploy.`,
        'stop',
      );
}

function rangeOf(property: string): string {
  const limit = Object.entries(LIMITS).find(([name]) => name === property)?.[1];
  return limit === undefined ? '' : ` (${limit.min} to ${limit.max})`;
}
