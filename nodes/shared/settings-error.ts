/** What is wrong with the settings of a node or its account, as the log and the error output say it. */
import { FLEET_LIMITS, LIMITS, SHARING_LIMITS, type SettingsProblem } from '../../src/options';
import type { ErrorReport } from '../../src/session';
import type { Account } from './account';
import { localError } from './local-error';
import { nodeStatement } from './node-statements';
import type { Words } from './words';

/** One wrong setting, such as `region: not the name of an AWS region`. */
export function settingsProblemText({ property, key }: SettingsProblem, words: Words): string {
  const limit = Object.entries({ ...LIMITS, ...FLEET_LIMITS, ...SHARING_LIMITS }).find(
    ([name]) => name === property,
  )?.[1];
  return words.text('settings.problem', {
    property,
    problem:
      key === 'outOfRange' && limit !== undefined
        ? words.text('setting.outOfLimits', { min: limit.min, max: limit.max })
        : words.text(`setting.${key}`),
  });
}

/** The first setting that keeps a node from starting; empty if no setting is at fault, as with missing credentials. */
export function settingAtFault(account: Account | undefined, problems: readonly SettingsProblem[]): string {
  if (account === undefined) {
    return 'config';
  }
  const { problem } = account;
  const [first] = problem === undefined ? problems : problem.kind === 'settings' ? problem.problems : [];
  return first?.property ?? '';
}

/** Why the node cannot start at all, as an error that ends with what to do; undefined where nothing is wrong. */
export function settingsError(
  account: Account | undefined,
  problems: readonly SettingsProblem[],
  words: Words,
): ErrorReport | undefined {
  if (account === undefined) {
    return localError('InvalidInput', 'Input', [nodeStatement('settings.noAccount', {})], 'stop');
  }
  const { problem } = account;
  if (problem?.kind === 'credentials') {
    const names = problem.missing.join(', ');
    return localError(
      'MissingCredentials',
      'Credentials',
      [nodeStatement('settings.missingKeys', { names })],
      'stop',
    );
  }
  const wrong = [
    ...(problem?.problems ?? []).map(({ property, key }) =>
      settingsProblemText({ property: words.text('settings.ofAccount', { property }), key }, words),
    ),
    ...problems.map((found) => settingsProblemText(found, words)),
  ];
  return wrong.length === 0
    ? undefined
    : localError(
        'InvalidInput',
        'Input',
        [
          nodeStatement('settings.invalid', { problems: wrong.join('; ') }),
          nodeStatement('settings.correct', {}),
        ],
        'stop',
      );
}
