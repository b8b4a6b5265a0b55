/** Judges the values of a dialog that are to be tested before they are deployed. */
import { isDeepStrictEqual } from 'node:util';
import type { NodeAPI } from 'node-red';
import { CredentialRegistry } from '../../src/kinesis-video';
import { refused, type Answer } from './admin-answer';
import { Account, accountOf, type KvsCredentials } from './account';
import type { FindNode } from './tls-and-proxy';
import { Words } from './words';
import { isRecord } from '../../src/is-record';
import { deployedNode, variableAt, type Place } from './environment-variables';

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
const TEXTS = ['id', 'z', 'instance', 'auth', 'profile', 'tls', 'proxy', ...EVERYWHERE, ...IOT] as const;
const KEYS = ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const;
type Field = (typeof TEXTS)[number] | (typeof KEYS)[number];
type Fields = Partial<Record<Field, string>>;

const LONGEST_VALUE = 8192;
/** Node-RED itself takes bodies of megabytes; a session token, the largest value here, has a few thousand characters. */
const LARGEST_BODY = 32_768;
/** What Node-RED's dialogs show for a password that is kept and was not typed. */
const KEPT = '__PWRD__';
const REFERENCE = /^\$(\{[A-Za-z_]\w*\}|\([A-Za-z_]\w*\))$/;

/**
 * The account that a dialog's values make.
 *
 * Who may test may also deploy (see the route), and so use any profile, role or certificate that Node-RED can use; but
 * a slip of the hand must not send secrets that Node-RED holds (kept keys, environment variables, the machine's own
 * credentials) to a host that no one has deployed: they would show there in part, as access key id and session token.
 * So these are used only at AWS's own endpoints and at the endpoint, after substitution, of the deployed node. What was
 * typed in full, variables of the editor's flows included, may go wherever its owner says.
 *
 * @param body the request's, not yet checked
 * @param find the deployed config node there
 * @param findNode any deployed node, for those that the settings refer to
 * @param variableAt the value of `${NAME}` there
 */
export function judgeTest(
  body: unknown,
  find: (place: Place) => ConfigNodeSeen | undefined,
  findNode: FindNode,
  variableAt: (place: Place) => (reference: string) => unknown,
): TestVerdict {
  const fields = fieldsOf(body);
  if (fields === undefined) {
    return refuse(400, 'InvalidInput', 'The values of the dialog are not text, or too long.');
  }
  const deployed = find(fields);
  const variable = variableAt(fields);
  const typed = typedVariables(body);
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
      const given = typed.get(text.slice(2, -1));
      if (given !== undefined) {
        return given.trim();
      }
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
  const isKept = auth === 'keys' && KEYS.some((name) => fields[name]?.trim() === KEPT);
  if (isKept && deployed === undefined) {
    return refuse(409, 'DeployFirst', 'Kept keys are known once deployed.', 'Deploy first.');
  }
  if (settings !== undefined) {
    const isDeployedHost =
      settings.endpoint === undefined || deployed?.account.settings?.endpoint === settings.endpoint;
    if ((borrowed.size > 0 || settings.auth !== 'keys') && !isDeployedHost) {
      return refuse(
        409,
        'DeployFirst',
        'What Node-RED holds is not sent to an endpoint that is not deployed.',
        'Deploy first, or type the keys anew.',
      );
    }
    const isDeployed =
      isDeepStrictEqual(deployed?.account.settings, settings) &&
      (auth !== 'keys' || KEYS.every((name) => credentials[name] === (deployed?.credentials[name] ?? '')));
    return { account, isDeployed };
  }
  return { account, isDeployed: false };
}

/** Judges the values that a page sends, against what is deployed. @param length of the body, bytes */
export function judgeBody(RED: NodeAPI, length: number, body: unknown): TestVerdict {
  if (!(length <= LARGEST_BODY)) {
    return { refusal: refused(413, 'InvalidInput', new Words((key) => RED._(key)).text('admin.tooLong')) };
  }
  return judgeTest(
    body,
    (place) => seen(RED, place),
    (id) => RED.nodes.getNode(id),
    (place) => variableAt(RED, place),
  );
}

function seen(RED: NodeAPI, place: Place): ConfigNodeSeen | undefined {
  const node = deployedNode(RED, place);
  const account = accountOf(node);
  return account === undefined ? undefined : { account, credentials: { ...node?.credentials } };
}

/** The variables that the editor knows, deployed or not, by name. */
function typedVariables(body: unknown): ReadonlyMap<string, string> {
  const given = isRecord(body) && isRecord(body['env']) ? Object.entries(body['env']) : [];
  return new Map(given.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
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
