/** Judges the values of a dialog that are to be tested before they are deployed. */
import { isDeepStrictEqual } from 'node:util';
import { CredentialRegistry } from '../../src/kinesis-video';
import { refused, type Answer } from '../shared/admin-answer';
import { Account, type KvsCredentials } from '../shared/account';
import type { FindNode } from '../shared/tls-and-proxy';

/** A deployed config node as far as a test of other values may know it. */
export interface ConfigNodeSeen {
  readonly account: Account;
  readonly credentials: KvsCredentials;
}

export type TestVerdict =
  | {
      readonly account: Account;
      /** Whether nodes use these very values already. */
      readonly isDeployed: boolean;
    }
  | { readonly refusal: Answer };

const ROLE = ['roleArn', 'externalId', 'roleSessionName'] as const;
const IOT = ['iotEndpoint', 'iotRoleAlias', 'iotThingName'] as const;
const SWITCHES = ['useFips', 'useDualstack'] as const;
const EVERYWHERE = ['region', 'endpoint', ...ROLE, ...SWITCHES] as const;
const TEXTS = ['id', 'auth', 'profile', 'tls', 'proxy', ...EVERYWHERE, ...IOT] as const;
const KEYS = ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const;
type Field = (typeof TEXTS)[number] | (typeof KEYS)[number];
type Fields = Partial<Record<Field, string>>;

const LONGEST_VALUE = 8192;
/** What Node-RED's dialogs show for a password that is kept and was not typed. */
const KEPT = '__PWRD__';
const REFERENCE = /^\$(\{[A-Za-z_]\w*\}|\([A-Za-z_]\w*\))$/;

/**
 * The account that a dialog's values make.
 *
 * Who may test may also deploy (see the route), and so use any profile, role or certificate that Node-RED can use; but
 * a slip of the hand must not send secrets that Node-RED holds (kept keys, environment variables, the machine's own
 * credentials) to a host that no one has deployed: they would show there in part, as access key id and session token.
 * So kept keys and variables are used only where the region and endpoint, after substitution, are those of the
 * deployed node, and the machine's own credentials there or at AWS's own endpoints. What was typed in full may go
 * wherever its owner says.
 *
 * @param body the request's, not yet checked
 * @param find the deployed config node of an id
 * @param findNode any deployed node, for those that the settings refer to
 * @param variable the value of `${NAME}`
 */
export function judgeTest(
  body: unknown,
  find: (id: string) => ConfigNodeSeen | undefined,
  findNode: FindNode,
  variable: (reference: string) => unknown,
): TestVerdict {
  const fields = fieldsOf(body);
  if (fields === undefined) {
    return refuse(400, 'InvalidInput', 'The values of the dialog are not text, or too long.');
  }
  const deployed = fields.id === undefined ? undefined : find(fields.id);
  const { auth = 'keys' } = fields;
  const used: Field[] = [
    ...EVERYWHERE,
    ...(auth === 'keys' ? KEYS : []),
    ...(auth === 'profile' ? (['profile'] as const) : []),
    ...(auth === 'iot' ? IOT : []),
  ];
  const borrowed = new Set<Field>();
  const value = (name: Field): unknown => {
    const text = fields[name]?.trim();
    if (text !== undefined && used.includes(name) && REFERENCE.test(text)) {
      borrowed.add(name);
      return variable(text);
    }
    return text;
  };
  const credential = (name: (typeof KEYS)[number]): string | undefined => {
    if (auth === 'keys' && fields[name]?.trim() === KEPT) {
      borrowed.add(name);
      return deployed?.credentials[name];
    }
    const given = value(name);
    return typeof given === 'string' ? given : undefined;
  };
  const credentials = {
    accessKeyId: credential('accessKeyId') ?? '',
    secretAccessKey: credential('secretAccessKey') ?? '',
    sessionToken: credential('sessionToken') ?? '',
  };
  const properties = Object.fromEntries(TEXTS.map((name) => [name, value(name)]));
  // What is tested is what the source says now, not what deployed nodes know of it.
  const account = new Account({ ...properties, auth }, credentials, findNode, new CredentialRegistry());
  const { settings } = account;
  if (settings !== undefined) {
    const sameHost =
      deployed?.account.settings?.region === settings.region &&
      deployed.account.settings.endpoint === settings.endpoint;
    const machine = settings.auth !== 'keys' && settings.endpoint !== undefined;
    if ((borrowed.size > 0 || machine) && !sameHost) {
      return refuse(
        409,
        'DeployFirst',
        'What Node-RED holds is not sent to a region or endpoint that is not deployed.',
        'Deploy first, or type the keys anew.',
      );
    }
    const isDeployed =
      isDeepStrictEqual(deployed?.account.settings, settings) &&
      (auth !== 'keys' || KEYS.every((name) => credentials[name] === (deployed?.credentials[name] ?? '')));
    return { account, isDeployed };
  }
  return borrowed.size > 0 && deployed === undefined
    ? refuse(
        409,
        'DeployFirst',
        'Environment variables and kept keys are known once deployed.',
        'Deploy first.',
      )
    : { account, isDeployed: false };
}

function fieldsOf(body: unknown): Fields | undefined {
  if (typeof body !== 'object' || body === null) {
    return undefined;
  }
  const given = new Map<string, unknown>(Object.entries(body));
  const fields: Fields = {};
  for (const name of [...TEXTS, ...KEYS]) {
    const one = given.get(name);
    const value = typeof one === 'boolean' ? String(one) : one;
    if (value !== undefined && value !== null) {
      if (typeof value !== 'string' || value.length > LONGEST_VALUE) {
        return undefined;
      }
      fields[name] = value;
    }
  }
  return fields;
}

function refuse(status: number, ErrorType: string, message: string, advice?: string): TestVerdict {
  return { refusal: refused(status, ErrorType, message, advice) };
}
