/**
 * The dialog of `kvs-config`. The definition stays one plain literal: the scorecard and the flow library read the
 * built page without running it.
 */
import { authProblem, endpointProblem, profileProblem, regionProblem } from '../../src/options';
import { credentialProblem, shownConfigFields } from './config-form';
import { offerTest } from './credential-test';
import { Dialog } from './dialog';
import type { FieldProblem } from './problem-text';
import { verdict } from './problem-text';

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

RED.nodes.registerType('kvs-config', {
  category: 'config',
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
        return judge(this, authProblem(value ?? 'keys'), options);
      },
    },
    profile: {
      value: '',
      validate(value, options) {
        return judge(this, profileProblem(value, authOf(this)), options);
      },
    },
    endpoint: {
      value: '',
      validate(value, options) {
        return judge(this, endpointProblem(value), options);
      },
    },
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
    const refresh = (): void => {
      const shown = shownConfigFields(dialog.entered('auth'));
      $('.kvs-config-keys').toggle(shown.keys);
      $('.kvs-config-default').toggle(shown.default);
      $('.kvs-config-profile').toggle(shown.profile);
    };
    dialog.onChange(['auth'], refresh);
    refresh();
    offerTest(this, dialog);
  },
  oneditsave() {
    for (const property of ['region', 'profile', 'endpoint']) {
      dialog.enter(property, String(dialog.entered(property) ?? '').trim());
    }
    if (!shownConfigFields(dialog.entered('auth')).profile) {
      dialog.enter('profile', '');
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
