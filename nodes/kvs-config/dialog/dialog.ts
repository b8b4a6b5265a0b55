/**
 * The dialog of `kvs-config`. The definition stays one plain literal: the scorecard and the flow library read the
 * built page without running it.
 */
import {
  authProblem,
  endpointProblem,
  externalIdProblem,
  iotEndpointProblem,
  iotRoleAliasProblem,
  iotThingNameProblem,
  KNOWN_REGIONS,
  profileProblem,
  regionProblem,
  roleArnProblem,
  roleSessionNameProblem,
  tlsProblem,
} from '../../../src/options';
import type { ShownGroups } from './form';
import {
  credentialProblem,
  GROUPED_PROPERTIES,
  holdsKeys,
  isUnknownRegion,
  shownConfigFields,
  usesNetwork,
} from './form';
import { offerTest } from './credential-check';
import { chosen, Dialog } from '../../shared/dialog/dialog-fields';
import type { FieldProblem } from '../../shared/dialog/problem-text';
import { verdict } from '../../shared/dialog/problem-text';

const dialog = new Dialog('node-config-input');

function judge(
  node: EditorNode,
  problem: FieldProblem | undefined,
  { label }: ValidatorOptions,
): true | string {
  return verdict('kvs-config', problem, node._.bind(node), label);
}

function authOf(node: EditorNode): unknown {
  return dialog.current(node, 'auth') ?? 'keys';
}

/** A node of Node-RED's own that is referred to; it need not be. */
function referenceProblem(property: 'tls' | 'proxy', id: string): FieldProblem | undefined {
  if (id === '') {
    return undefined;
  }
  const node = RED.nodes.node(id);
  if (!node) {
    return { property, key: 'goneReference' };
  }
  return node.valid === false ? { property, key: 'invalidConfig' } : undefined;
}

/**
 * Nodes that have keys, as far as the editor knows: it learns the keys of a deployed node when its dialog is opened, and
 * forgets typed ones when they are deployed.
 */
const keyed = new Set<string>();

/** A flow is exported and imported without its keys. */
function absentKeysProblem(node: EditorNode, auth: unknown): FieldProblem | undefined {
  const { id, credentials } = node;
  if (credentials !== undefined) {
    keyed[holdsKeys(credentials) ? 'add' : 'delete'](id);
  } else if (node['changed'] !== true && RED.settings.kvsConfigKeyless?.includes(id) !== true) {
    keyed.add(id);
  }
  return auth !== 'keys' || dialog.isOpenFor(node) || keyed.has(id)
    ? undefined
    : { property: 'auth', key: 'noKeys' };
}

const TEXTS = [
  'region',
  'profile',
  'roleArn',
  'externalId',
  'roleSessionName',
  'iotEndpoint',
  'iotRoleAlias',
  'iotThingName',
  'endpoint',
];

RED.nodes.registerType('kvs-config', {
  category: 'config',
  icon: 'kvs-config.svg',
  defaults: {
    name: { value: '' },
    region: {
      value: '',
      validate(value, options) {
        return judge(this, regionProblem(value), options);
      },
    },
    auth: {
      value: 'keys',
      validate(value, options) {
        const auth = value ?? 'keys';
        return judge(this, authProblem(auth) ?? absentKeysProblem(this, auth), options);
      },
    },
    profile: {
      value: '',
      validate(value, options) {
        return judge(this, profileProblem(value, authOf(this)), options);
      },
    },
    roleArn: {
      value: '',
      validate(value, options) {
        return judge(this, roleArnProblem(value), options);
      },
    },
    externalId: {
      value: '',
      validate(value, options) {
        return judge(this, externalIdProblem(value, dialog.current(this, 'roleArn')), options);
      },
    },
    roleSessionName: {
      value: '',
      validate(value, options) {
        return judge(this, roleSessionNameProblem(value, dialog.current(this, 'roleArn')), options);
      },
    },
    iotEndpoint: {
      value: '',
      validate(value, options) {
        return judge(this, iotEndpointProblem(value, authOf(this)), options);
      },
    },
    iotRoleAlias: {
      value: '',
      validate(value, options) {
        return judge(this, iotRoleAliasProblem(value, authOf(this)), options);
      },
    },
    iotThingName: {
      value: '',
      validate(value, options) {
        return judge(this, iotThingNameProblem(value, authOf(this)), options);
      },
    },
    tls: {
      value: '',
      type: 'tls-config',
      validate(value, options) {
        const id = chosen(value);
        return judge(this, tlsProblem(id, authOf(this)) ?? referenceProblem('tls', id), options);
      },
    },
    proxy: {
      value: '',
      type: 'http proxy',
      validate(value, options) {
        return judge(this, referenceProblem('proxy', chosen(value)), options);
      },
    },
    endpoint: {
      value: '',
      validate(value, options) {
        return judge(this, endpointProblem(value), options);
      },
    },
    useFips: { value: false },
    useDualstack: { value: false },
  },
  credentials: {
    accessKeyId: {
      type: 'text',
      validate(value, options) {
        return judge(this, credentialProblem('accessKeyId', value, authOf(this)), options);
      },
    },
    secretAccessKey: {
      type: 'password',
      validate(value, options) {
        return judge(this, credentialProblem('secretAccessKey', value, authOf(this)), options);
      },
    },
    sessionToken: { type: 'password' },
  },
  label() {
    return [this['name'], this['region']].find(isText) ?? 'kvs-config';
  },
  labelStyle() {
    return isText(this['name']) ? 'node_label_italic' : '';
  },
  oneditprepare() {
    dialog.open(this);
    if (this['auth'] === undefined) {
      dialog.enter('auth', 'keys');
    }
    for (const region of KNOWN_REGIONS) {
      $('<option>').val(region).appendTo('#kvs-config-regions');
    }
    const shown = (): ShownGroups => shownConfigFields((property) => dialog.entered(property));
    const refresh = (): void => {
      for (const [group, isShown] of Object.entries<boolean>({ ...shown() })) {
        $(`.kvs-config-${group}`).toggle(isShown);
      }
      $('#kvs-config-region-hint').toggle(isUnknownRegion(dialog.entered('region')));
      // One field, at the place where it is looked for: a certificate here, an authority there.
      $('.kvs-config-tls').appendTo(shown().iot ? '#kvs-config-tls-of-iot' : '#kvs-config-tls-of-network');
    };
    dialog.onChange(['auth', 'roleArn', 'region'], refresh);
    refresh();
    if (usesNetwork((property) => this[property])) {
      $('#kvs-config-network').attr('open', '');
    }
    offerTest(this, dialog);
  },
  oneditsave() {
    for (const property of TEXTS) {
      dialog.enter(property, String(dialog.entered(property) ?? '').trim());
    }
    const shown = shownConfigFields((property) => dialog.entered(property));
    for (const group of ['profile', 'iot', 'role'] as const) {
      for (const property of shown[group] ? [] : GROUPED_PROPERTIES[group]) {
        dialog.enter(property, '');
      }
    }
    dialog.close();
  },
  oneditcancel() {
    dialog.close();
  },
});

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
