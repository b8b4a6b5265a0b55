import { ERROR_TABLE, IN_BAND_TABLE } from '../../src/session';
import type { Fault, Simulator } from '../../src/simulator';
import { mediaNode, simulatorConfig, type Collector } from '../../testing/collector';
import type { ConnectProxy } from '../../testing/connect-proxy';
import type { FlowNode } from '../../testing/node-red';
import { ECHOES, TABLE_ECHOES, type EchoService } from './echo-service';

/** Values that nothing else contains, in the shapes that AWS gives such values. None has ever been anyone's. */
export const KEYS = {
  accessKeyId: 'ASIACANARYCANARY0001',
  secretAccessKey: 'cAnArY/Secret+Key/0123456789abcdefghijkl',
  sessionToken: `IQoJcAnArY//////////${'tOkEn+/0123'.repeat(30)}==`,
};
/** In shapes that AWS does not give them, so that only their being known can keep them back. */
export const ODD_KEYS = {
  accessKeyId: 'canary-key-of-another-kind',
  secretAccessKey: 'canary secret, with blanks & marks <">',
  sessionToken: 'canary;token;of;another;kind',
};
export const WRONG_SECRET = 'cAnArY/Wrong+Secret/0123456789abcdefghij';
const IN_FILE = 'cAnArYiNaFiLe0123456789abcdefghijklmnopq';
export const PROXY_LOGIN = { username: 'proxy-user', password: 'cAnArY/Proxy+Password/0123456789' };
export const SECRETS = [
  ...Object.values(KEYS),
  ...Object.values(ODD_KEYS),
  ...[WRONG_SECRET, IN_FILE, PROXY_LOGIN.password],
];

const EVERYTHING = Object.values(KEYS).join(' and ');
const BODIES = ['json', 'xml', 'html', 'empty'] as const;
const STYLES = ['plain', 'decorated', 'documented'] as const;
const OPERATIONS = ['GetMedia', 'GetDataEndpoint'] as const;

/** Every kind of failure that the simulator knows. `quiet`: the session fixes it in silence. */
const FAULTS: readonly { readonly fault: Fault; readonly quiet?: boolean }[] = [
  ...Object.keys(ERROR_TABLE).flatMap((ErrorType, i) =>
    OPERATIONS.map((operation, j) => ({
      fault: {
        kind: 'http-error' as const,
        ErrorType,
        operation,
        statusCode: [400, 403, 429, 500, 503][(i + j) % 5] ?? 400,
        message: `The request with ${EVERYTHING} was refused: ${EVERYTHING}.`,
        body: BODIES[(i + j) % BODIES.length] ?? 'json',
        headerStyle: STYLES[(i + j) % STYLES.length] ?? 'plain',
      },
    })),
  ),
  ...Object.values(KEYS).map((secret) => ({
    fault: { kind: 'http-error' as const, ErrorType: secret, statusCode: 400 },
  })),
  ...[...Object.keys(IN_BAND_TABLE), '4999'].map((ErrorId, i) => ({
    fault: { kind: 'in-band-error' as const, ErrorId: Number(ErrorId), ErrorCode: SECRETS[i % 3] ?? '' },
  })),
  ...OPERATIONS.flatMap((operation) => [
    { fault: { kind: 'expired-credentials' as const, operation } },
    { fault: { kind: 'reset' as const, operation } },
    { fault: { kind: 'slow-head' as const, operation, delayMs: 200 }, quiet: true },
  ]),
  { fault: { kind: 'moved-endpoint' } },
  { fault: { kind: 'cut' } },
  { fault: { kind: 'early-end' }, quiet: true },
  { fault: { kind: 'stall' } },
  { fault: { kind: 'corrupt', offset: 0, length: 40 } },
  { fault: { kind: 'garbage', whole: true } },
  { fault: { kind: 'garbage', html: true } },
  { fault: { kind: 'garbage', bytes: 2_000 } },
  ...(['duplicate-chunk', 'missing-tail', 'drop-chunk', 'clusterless-chunk'] as const).map((kind) => ({
    fault: { kind },
    quiet: true,
  })),
];

const MINUTE = 60_000;
/** What kvs-archive calls, by the output that it is called for. */
export const ARCHIVE_CALLS = [
  { operation: 'ListFragments', output: 'fragments', protocol: 'HLS' },
  { operation: 'GetMediaForFragmentList', output: 'chunks', protocol: 'HLS' },
  { operation: 'GetHLSStreamingSessionURL', output: 'url', protocol: 'HLS' },
  { operation: 'GetDASHStreamingSessionURL', output: 'url', protocol: 'DASH' },
] as const;

/** A credential process may be given, and may print, what is secret. */
export const PROFILES = `[profile failing]
credential_process = node -e "console.error('${IN_FILE}'); process.exit(1)" ${IN_FILE}
[profile printing]
credential_process = node -e "console.log('${IN_FILE}')"
[profile half]
aws_access_key_id = ${IN_FILE}
[profile absent-source]
role_arn = arn:aws:iam::111122223333:role/reader
source_profile = ${IN_FILE}
`;
const PROFILE_NAMES = ['failing', 'printing', 'half', 'absent-source'];

export const ACCOUNTS_WITH_KEYS = ['refused', 'no-tls', 'no-host', 'proxied', 'no-proxy'];
const OTHER_ACCOUNTS = ['wrong', 'missing', ...ACCOUNTS_WITH_KEYS, ...PROFILE_NAMES];

export const OUTPUTS = ['media', 'errors', 'status', 'caught'] as const;

export interface FailingServices {
  readonly simulator: Simulator;
  readonly echo: EchoService;
  readonly proxy: ConnectProxy;
  readonly collector: Collector;
  /** A port where nobody listens. */
  readonly closedPort: number;
}

export interface FailingFlows {
  readonly flows: FlowNode[];
  /** The topics of the errors that must be told of. */
  readonly loud: ReadonlySet<string>;
}

/** Accounts and nodes for every failure, with what the simulator needs for them. */
export function failingFlows(services: FailingServices): FailingFlows {
  const { simulator, echo, proxy, collector, closedPort } = services;
  const loud = new Set<string>();
  const config = (id: string, more: Readonly<Record<string, unknown>> = {}): FlowNode => ({
    ...simulatorConfig(simulator.endpoint, id),
    ...more,
  });
  const reader = (id: string, stream: string, more: Readonly<Record<string, unknown>> = {}): FlowNode => {
    loud.add(stream);
    return mediaNode(id, 'tab', {
      ...{ stream, startSelectorType: 'EARLIEST', stallTimeoutSeconds: 5, ...more },
    });
  };
  const echoes = Object.keys(ECHOES).flatMap((name) =>
    // An error within the media is shown by its code, from which secrets are cut by their shape alone.
    (name === 'error-within-the-media' ? ['echo'] : ['echo', 'odd']).flatMap((account) =>
      [0, 1, 2, 3].map((turn) =>
        reader(`${name}-${account}-${turn}`, `${name}.${turn}.${account}`, {
          config: `config-${account}`,
          keepTrying: turn % 2 === 0,
        }),
      ),
    ),
  );
  /** A shared fleet whose table fails. Its error messages have no stream, so the flow names it. */
  const fleet = (name: string, account: string, table: string, tableEndpoint: string): FlowNode[] => {
    const id = `fleet-${name}`;
    loud.add(id);
    return [
      {
        ...{ id, type: 'kvs-fleet', z: 'tab', x: 100, y: 100, config: `config-${account}`, version: 1 },
        // Long, so that a call is not repeated while the test lasts.
        ...{ coordination: 'dynamodb', table, tableEndpoint, leaseSeconds: 300 },
        wires: [['collect-media'], [`name-${id}`], [`name-${id}`]],
      },
      {
        ...{ id: `name-${id}`, type: 'change', z: 'tab', x: 100, y: 100, wires: [['collect-errors']] },
        rules: [{ t: 'set', p: 'topic', pt: 'msg', to: id, tot: 'str' }],
      },
    ];
  };
  const fleets = [
    ...Object.keys({ ...ECHOES, ...TABLE_ECHOES }).flatMap((name, i) =>
      fleet(name, i % 2 === 0 ? 'echo' : 'odd', `${name}.${(i >> 1) % 4}`, echo.endpoint),
    ),
    ...fleet('refused', 'refused', 'kvs-fleets', `http://127.0.0.1:${closedPort}`),
    ...fleet('no-tls', 'no-tls', 'kvs-fleets', `https://127.0.0.1:${echo.port}`),
    ...['no-host', 'proxied', 'no-proxy', ...PROFILE_NAMES].flatMap((account) =>
      fleet(account, account, 'kvs-fleets', 'https://canary.invalid'),
    ),
  ];
  const faulty = FAULTS.map(({ fault, quiet = false }, i) => {
    const stream = `fault-${i}`;
    simulator.addStream({ name: stream, live: false, prefillMs: 4_000 });
    simulator.faults.add({ ...fault, stream, times: 3 });
    const node = reader(`fault-${i}`, stream, { keepTrying: i % 2 === 0 });
    if (quiet) {
      loud.delete(stream);
    }
    return node;
  });
  simulator.addStream({ name: 'wrong-secret', live: false });
  const archive = (id: string, stream: string, output: string, protocol: string): FlowNode => ({
    ...{ id, type: 'kvs-archive', z: 'tab', x: 100, y: 100, name: '', version: 1, config: 'config' },
    ...{ stream, output, protocol, waitSeconds: 0, wires: [['collect-address'], ['collect-errors']] },
  });
  simulator.addStream({ name: 'archive', live: false, prefillMs: 10 * MINUTE });
  const archives = ARCHIVE_CALLS.flatMap(({ operation, output, protocol }) => {
    const stream = `archive-${operation}`;
    simulator.addStream({ name: stream, live: false, prefillMs: 10 * MINUTE });
    simulator.faults.add({
      ...{ kind: 'http-error', ErrorType: 'InvalidArgumentException', statusCode: 400, operation, stream },
      message: `The request with ${EVERYTHING} was refused: ${EVERYTHING}.`,
      times: 'always',
    });
    loud.add(stream);
    return [
      archive(stream, stream, output, protocol),
      ...(output === 'url' ? [archive(`address-${protocol}`, 'archive', output, protocol)] : []),
    ];
  });
  const [from, to] = [Date.now() - 9 * MINUTE, Date.now() - 6 * MINUTE];
  const flows = [
    { id: 'tab', type: 'tab', label: 'secrets' },
    config('config'),
    config('config-wrong'),
    config('config-missing'),
    config('config-echo', { endpoint: echo.endpoint }),
    config('config-odd', { endpoint: echo.endpoint }),
    config('config-refused', { endpoint: `http://127.0.0.1:${closedPort}` }),
    config('config-no-tls', { endpoint: `https://127.0.0.1:${echo.port}` }),
    config('config-no-host', { endpoint: 'https://canary.invalid' }),
    config('config-proxied', { endpoint: 'https://canary.invalid', proxy: 'proxy' }),
    config('config-no-proxy', { endpoint: 'https://canary.invalid', proxy: 'no-proxy' }),
    { id: 'proxy', type: 'http proxy', name: '', url: proxy.url, noproxy: [] },
    { id: 'no-proxy', type: 'http proxy', name: '', url: `http://127.0.0.1:${closedPort}`, noproxy: [] },
    ...PROFILE_NAMES.map((profile) => config(`config-${profile}`, { auth: 'profile', profile })),
    ...archives,
    {
      ...{ id: 'ask', type: 'inject', z: 'tab', x: 1, y: 1, name: '', once: true, onceDelay: 0.1 },
      props: Object.entries({ from, to }).map(([p, v]) => ({ p, v: String(v), vt: 'num' })),
      ...{ repeat: '', crontab: '', wires: [archives.map(({ id }) => id)] },
    },
    ...faulty,
    ...echoes,
    ...fleets,
    ...OTHER_ACCOUNTS.map((name) => reader(`with-${name}`, `with-${name}`, { config: `config-${name}` })),
    ...['status', 'catch'].map((type) => ({
      ...{ id: type, type, z: 'tab', scope: null, uncaught: false, x: 100, y: 100 },
      wires: [[type === 'status' ? 'collect-status' : 'collect-caught']],
    })),
    ...collector.nodes('tab', [...OUTPUTS, 'address']),
  ];
  return { flows, loud };
}
