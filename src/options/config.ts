/** The settings of `kvs-config`: types, defaults and what makes a value wrong. */
import { definedOnly } from '../defined-only';
import type { Checked, SettingsProblem } from './problem';
import { flag, isBlank, optionalText, problemsIn, text } from './setting-values';

/** Where `kvs-config` takes its credentials from. */
export const AUTH_KINDS = ['keys', 'default', 'profile', 'iot'] as const;
export type AuthKind = (typeof AUTH_KINDS)[number];

export const REGION_PATTERN = /^[a-z]{2,4}(-[a-z]+)+-\d+$/;

/** `kvs-config` as the flow file holds it; every value may be of any type after the substitution of `${ENV}`. */
export interface ConfigProperties {
  readonly name?: unknown;
  readonly region?: unknown;
  readonly auth?: unknown;
  readonly profile?: unknown;
  readonly roleArn?: unknown;
  readonly externalId?: unknown;
  readonly roleSessionName?: unknown;
  readonly iotEndpoint?: unknown;
  readonly iotRoleAlias?: unknown;
  readonly iotThingName?: unknown;
  /** Id of a `tls-config` node. */
  readonly tls?: unknown;
  /** Id of an `http proxy` node. */
  readonly proxy?: unknown;
  readonly endpoint?: unknown;
  readonly useFips?: unknown;
  readonly useDualstack?: unknown;
}

export const CONFIG_DEFAULTS = {
  auth: 'keys',
  profile: '',
  roleArn: '',
  externalId: '',
  roleSessionName: '',
  iotEndpoint: '',
  iotRoleAlias: '',
  iotThingName: '',
  tls: '',
  proxy: '',
  endpoint: '',
  useFips: false,
  useDualstack: false,
} as const;

/** A role to assume on top of the credentials of the source. */
export interface RoleSettings {
  readonly roleArn: string;
  readonly externalId?: string;
  readonly roleSessionName: string;
}

/** AWS IoT Core's credential provider. */
export interface IotSettings {
  /** Host, with `:port` where it is not 443. */
  readonly endpoint: string;
  readonly roleAlias: string;
  readonly thingName?: string;
}

/** `kvs-config`, checked. */
export interface ConfigSettings {
  readonly region: string;
  readonly auth: AuthKind;
  /** Present where `auth` is `profile`. */
  readonly profile?: string;
  readonly role?: RoleSettings;
  /** Present where `auth` is `iot`. */
  readonly iot?: IotSettings;
  readonly tls?: string;
  readonly proxy?: string;
  /** Control-plane endpoint override, an absolute URL without a trailing slash. */
  readonly endpoint?: string;
  readonly useFips: boolean;
  readonly useDualstack: boolean;
}

/** What CloudTrail shows of a session that was given no name of its own. */
export const DEFAULT_SESSION_NAME = 'kvs-flow';

export function regionProblem(value: unknown): SettingsProblem | undefined {
  return isBlank(value)
    ? { property: 'region', key: 'missing' }
    : pattern('region', value, REGION_PATTERN, 'malformedRegion');
}

export function authProblem(value: unknown): SettingsProblem | undefined {
  return AUTH_KINDS.some((kind) => kind === value) ? undefined : { property: 'auth', key: 'unknownAuth' };
}

export function profileProblem(value: unknown, auth: unknown): SettingsProblem | undefined {
  return auth === 'profile' && isBlank(value) ? { property: 'profile', key: 'missing' } : undefined;
}

// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/;
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;

/** A role is optional, on top of any source. */
export function roleArnProblem(value: unknown): SettingsProblem | undefined {
  return isBlank(value) ? undefined : pattern('roleArn', value, ROLE_ARN, 'malformedRoleArn');
}

/** Without a role there is no one to whom this would be sent. */
export function externalIdProblem(value: unknown, roleArn: unknown): SettingsProblem | undefined {
  return isBlank(roleArn) || isBlank(value)
    ? undefined
    : pattern('externalId', value, EXTERNAL_ID, 'malformedExternalId');
}

export function roleSessionNameProblem(value: unknown, roleArn: unknown): SettingsProblem | undefined {
  return isBlank(roleArn) || isBlank(value)
    ? undefined
    : pattern('roleSessionName', value, SESSION_NAME, 'malformedSessionName');
}

const HOST = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/i;
/** The account's MQTT endpoint, which is often mistaken for the one of the credential provider. */
const MQTT_HOST = /^[^.]+\.iot\./i;

/** A host; as people paste it, with `https://` before it. */
export function iotEndpointProblem(value: unknown, auth: unknown): SettingsProblem | undefined {
  const property = 'iotEndpoint';
  if (auth !== 'iot') {
    return undefined;
  }
  if (isBlank(value)) {
    return { property, key: 'missing' };
  }
  const host = hostIn(value);
  if (MQTT_HOST.test(host)) {
    return { property, key: 'otherIotEndpoint' };
  }
  return HOST.test(host) ? undefined : { property, key: 'malformedIotEndpoint' };
}

function hostIn(value: unknown): string {
  return text(value)
    .replace(/^https:\/\//i, '')
    .replace(/\/$/, '');
}

// https://docs.aws.amazon.com/iot/latest/apireference/API_CreateRoleAlias.html and API_CreateThing.html
const ROLE_ALIAS = /^[\w=,@-]{1,128}$/;
const THING_NAME = /^[a-zA-Z0-9:_-]{1,128}$/;

export function iotRoleAliasProblem(value: unknown, auth: unknown): SettingsProblem | undefined {
  if (auth !== 'iot') {
    return undefined;
  }
  return isBlank(value)
    ? { property: 'iotRoleAlias', key: 'missing' }
    : pattern('iotRoleAlias', value, ROLE_ALIAS, 'malformedRoleAlias');
}

/** Only policies that speak of the thing need its name. */
export function iotThingNameProblem(value: unknown, auth: unknown): SettingsProblem | undefined {
  return auth !== 'iot' || isBlank(value)
    ? undefined
    : pattern('iotThingName', value, THING_NAME, 'malformedThingName');
}

/** A `tls-config` holds the certificate of a thing, and may hold a CA for any source. */
export function tlsProblem(value: unknown, auth: unknown): SettingsProblem | undefined {
  return auth === 'iot' && isBlank(value) ? { property: 'tls', key: 'missing' } : undefined;
}

const LOOPBACK_HOST = /^(localhost|(.+\.)?localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/** This machine's own addresses, by the host name of a URL. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK_HOST.test(hostname);
}

/** An endpoint is optional; `http:` would show the request to anyone on the path, so it is for loopback alone. */
export function endpointProblem(value: unknown): SettingsProblem | undefined {
  if (isBlank(value)) {
    return undefined;
  }
  if (typeof value === 'string' && !/^[a-z][a-z0-9+.-]*:\/\//i.test(value.trim())) {
    return { property: 'endpoint', key: 'endpointWithoutScheme' };
  }
  const url = typeof value === 'string' && URL.canParse(value.trim()) ? new URL(value.trim()) : undefined;
  if (
    url === undefined ||
    (url.protocol !== 'https:' && url.protocol !== 'http:') ||
    url.username !== '' ||
    url.password !== '' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    return { property: 'endpoint', key: 'malformedEndpoint' };
  }
  return url.protocol === 'http:' && !isLoopback(url.hostname)
    ? { property: 'endpoint', key: 'insecureEndpoint' }
    : undefined;
}

/**
 * Checks a `kvs-config`. Properties that a flow leaves out (an older or hand-written one) take their defaults.
 * Whether credentials and the nodes referred to are there is not a matter of its properties: see the run time.
 */
export function checkConfig(properties: ConfigProperties): Checked<ConfigSettings> {
  const { region, profile, roleArn, externalId, roleSessionName, endpoint } = properties;
  const { iotEndpoint, iotRoleAlias, iotThingName, tls, proxy } = properties;
  const auth = properties.auth ?? CONFIG_DEFAULTS.auth;
  const problems = problemsIn([
    regionProblem(region),
    authProblem(auth),
    profileProblem(profile, auth),
    iotEndpointProblem(iotEndpoint, auth),
    iotRoleAliasProblem(iotRoleAlias, auth),
    iotThingNameProblem(iotThingName, auth),
    tlsProblem(tls, auth),
    roleArnProblem(roleArn),
    externalIdProblem(externalId, roleArn),
    roleSessionNameProblem(roleSessionName, roleArn),
    endpointProblem(endpoint),
  ]);
  if (problems.length > 0) {
    return { problems };
  }
  return {
    settings: {
      region: text(region),
      auth: AUTH_KINDS.find((kind) => kind === auth) ?? CONFIG_DEFAULTS.auth,
      ...definedOnly({
        profile: auth === 'profile' ? text(profile) : undefined,
        role: isBlank(roleArn) ? undefined : roleOf(properties),
        iot: auth === 'iot' ? iotOf(properties) : undefined,
        tls: optionalText(tls),
        proxy: optionalText(proxy),
        endpoint: optionalText(endpoint)?.replace(/\/+$/, ''),
      }),
      useFips: flag(properties.useFips ?? CONFIG_DEFAULTS.useFips),
      useDualstack: flag(properties.useDualstack ?? CONFIG_DEFAULTS.useDualstack),
    },
  };
}

function roleOf({ roleArn, externalId, roleSessionName }: ConfigProperties): RoleSettings {
  return {
    roleArn: text(roleArn),
    ...definedOnly({ externalId: optionalText(externalId) }),
    roleSessionName: isBlank(roleSessionName) ? DEFAULT_SESSION_NAME : text(roleSessionName),
  };
}

function iotOf({ iotEndpoint, iotRoleAlias, iotThingName }: ConfigProperties): IotSettings {
  return {
    endpoint: hostIn(iotEndpoint).toLowerCase(),
    roleAlias: text(iotRoleAlias),
    ...definedOnly({ thingName: optionalText(iotThingName) }),
  };
}

function pattern(
  property: string,
  value: unknown,
  allowed: RegExp,
  key: SettingsProblem['key'],
): SettingsProblem | undefined {
  return allowed.test(text(value)) ? undefined : { property, key };
}
