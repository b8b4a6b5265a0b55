/** What the Test button says of the answer. */
import type { Translate } from '../../shared/dialog/problem-text';

/** What the run time found out. */
export interface TestAnswer {
  readonly source?: {
    readonly kind: string;
    readonly profile?: string;
    readonly thingName?: string;
    readonly roleArn?: string;
  };
  readonly Account?: string;
  readonly Arn?: string;
  readonly isDeployed: boolean;
  readonly streams?: number;
  readonly more?: boolean;
  readonly missingRight?: string;
}

const SOURCES: Readonly<Record<string, string>> & { readonly chain: string } = {
  keys: 'kvs-config.source.keys',
  environment: 'kvs-config.source.environment',
  profile: 'kvs-config.source.profile',
  webIdentity: 'kvs-config.source.webIdentity',
  container: 'kvs-config.source.container',
  instance: 'kvs-config.source.instance',
  iot: 'kvs-config.source.iot',
  iotThing: 'kvs-config.source.iotThing',
  chain: 'kvs-config.source.chain',
};

/** What was proven, sentence by sentence, and no more. */
export function verdictText(answer: TestAnswer, translate: Translate): string {
  const { source, Account, Arn, streams, more, missingRight } = answer;
  const { kind = 'chain', profile = '', thingName = '', roleArn } = source ?? {};
  const key = kind === 'iot' && thingName !== '' ? 'iotThing' : kind;
  const found = translate(SOURCES[key] ?? SOURCES.chain, { profile, thingName });
  return [
    translate('kvs-config.test.known', { source: found }),
    roleArn === undefined ? '' : translate('kvs-config.test.role', { roleArn }),
    Arn !== undefined
      ? translate('kvs-config.test.identity', { identity: Arn })
      : Account === undefined
        ? ''
        : translate('kvs-config.test.account', { account: Account }),
    missingRight === undefined
      ? translate('kvs-config.test.streams', { streams: `${String(streams)}${more === true ? '+' : ''}` })
      : translate('kvs-config.test.missingRight', { right: missingRight }),
    translate('kvs-config.test.unproven'),
    answer.isDeployed ? '' : translate('kvs-config.test.notDeployed'),
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}
