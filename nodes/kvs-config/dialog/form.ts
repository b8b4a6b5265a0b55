/** What the dialog of kvs-config shows and requires, as functions of its values. */
import { isBlank, KNOWN_REGIONS, regionProblem, type CONFIG_DEFAULTS } from '../../../src/options';
import { isEnvironmentVariable } from '../../shared/dialog/field-values';
import type { FieldProblem } from '../../shared/dialog/problem-text';

export type ConfigProperty = keyof typeof CONFIG_DEFAULTS;

export interface ShownGroups {
  readonly keys: boolean;
  readonly default: boolean;
  readonly profile: boolean;
  readonly iot: boolean;
  /** The fields that belong to a role. */
  readonly role: boolean;
}

/** Which of the groups of `kvs-config` mean something with the values around them. */
export function shownConfigFields(value: (property: ConfigProperty) => unknown): ShownGroups {
  const auth = value('auth');
  return {
    keys: auth === 'keys',
    default: auth === 'default',
    profile: auth === 'profile',
    iot: auth === 'iot',
    role: !isBlank(value('roleArn')),
  };
}

/** The properties that belong to one group alone; they are emptied where it is not shown. */
export const GROUPED_PROPERTIES = {
  profile: ['profile'],
  iot: ['iotEndpoint', 'iotRoleAlias', 'iotThingName'],
  role: ['externalId', 'roleSessionName'],
} as const satisfies Partial<Record<keyof ShownGroups, readonly ConfigProperty[]>>;

const NETWORK_PROPERTIES = ['endpoint', 'proxy', 'tls', 'useFips', 'useDualstack'] as const;

/** Whether the collapsed part holds anything but defaults, so that a user should see it at once. */
export function usesNetwork(value: (property: ConfigProperty) => unknown): boolean {
  return NETWORK_PROPERTIES.some((property) => {
    const given = value(property);
    // Beside a certificate it stands elsewhere.
    return !isBlank(given) && given !== false && !(property === 'tls' && value('auth') === 'iot');
  });
}

/** A pair of keys is needed where they are held here; a session token belongs to temporary keys alone. */
export function credentialProblem(
  property: 'accessKeyId' | 'secretAccessKey',
  value: unknown,
  auth: unknown,
): FieldProblem | undefined {
  return auth === 'keys' && isBlank(value) ? { property, key: 'missing' } : undefined;
}

/** Looks like a region but is not in this version's list: a typing error, or a region that AWS has added since. */
export function isUnknownRegion(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    !isEnvironmentVariable(value) &&
    regionProblem(value) === undefined &&
    !KNOWN_REGIONS.includes(value.trim())
  );
}

/** Whether the editor holds both keys of a node: typed ones, or the mark of a secret that was typed. */
export function holdsKeys(credentials: unknown): boolean {
  const given = new Map<string, unknown>(Object.entries(credentials ?? {}));
  return (
    !isBlank(given.get('accessKeyId')) &&
    (given.get('has_secretAccessKey') === true || !isBlank(given.get('secretAccessKey')))
  );
}
