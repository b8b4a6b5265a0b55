/**
 * The dialog of `kvs-convert`. The definition stays one plain literal, defaults included: the scorecard and the flow
 * library read the built page without running it. A test holds the defaults against `src/options`.
 */
import {
  CONVERT_DEFAULTS,
  CONVERT_VERSION,
  convertTracksProblem,
  INTERVAL_LIMITS,
  intervalProblem,
  targetProblem,
} from '../../../src/options';
import type { ConvertProblem } from '../../../src/options';
import { Dialog } from '../../shared/dialog/dialog-fields';
import { isEnvironmentVariable, storedNumber } from '../../shared/dialog/field-values';

const dialog = new Dialog('node-input');

function judge(
  node: EditorNode,
  problem: ConvertProblem | undefined,
  { label }: ValidatorOptions,
): true | string {
  if (problem === undefined) {
    return true;
  }
  const name = label ?? node._(`kvs-convert.label.${problem.property}`);
  return `${name}: ${node._(`kvs-convert.problem.${problem.key}`, INTERVAL_LIMITS)}`;
}

RED.nodes.registerType('kvs-convert', {
  category: 'network',
  color: '#F3B567',
  icon: 'kvs-convert.svg',
  inputs: 1,
  outputs: 2,
  defaults: {
    name: { value: '' },
    version: {
      value: 1,
      validate(value, options) {
        const newer = Number(value ?? CONVERT_VERSION) > CONVERT_VERSION;
        return judge(this, newer ? { property: 'version', key: 'newerVersion' } : undefined, options);
      },
    },
    to: {
      value: 'mp4',
      validate(value, options) {
        return judge(this, targetProblem(value ?? CONVERT_DEFAULTS.to), options);
      },
    },
    tracks: {
      value: '',
      validate(value, options) {
        return judge(this, convertTracksProblem(value), options);
      },
    },
    intervalSeconds: {
      value: 0,
      validate(value, options) {
        return judge(this, intervalProblem(value ?? CONVERT_DEFAULTS.intervalSeconds), options);
      },
    },
  },
  paletteLabel() {
    return 'kvs convert';
  },
  label() {
    const { name, to } = this;
    return typeof name === 'string' && name !== '' ? name : `kvs to ${typeof to === 'string' ? to : 'mp4'}`;
  },
  labelStyle() {
    return typeof this['name'] === 'string' && this['name'] !== '' ? 'node_label_italic' : '';
  },
  inputLabels() {
    return this._('kvs-convert.port.chunks');
  },
  outputLabels(index) {
    return this._(index === 0 ? 'kvs-convert.port.media' : 'kvs-convert.port.errors');
  },
  oneditprepare() {
    dialog.open(this);
    for (const property of Object.keys(CONVERT_DEFAULTS) as (keyof typeof CONVERT_DEFAULTS)[]) {
      if (this[property] === undefined) {
        dialog.enter(property, CONVERT_DEFAULTS[property]);
      }
    }
    const refresh = (): void => {
      const interval = dialog.entered('intervalSeconds');
      // A value that the run time would refuse is shown in any case, or nobody could fix it.
      const wrong = !isEnvironmentVariable(interval) && intervalProblem(interval) !== undefined;
      $('.kvs-convert-intervalSeconds').toggle(dialog.entered('to') === 'jpeg' || wrong);
      for (const tip of ['jpeg', 'wav']) {
        $(`.kvs-convert-tip-${tip}`).toggle(dialog.entered('to') === tip);
      }
    };
    dialog.onChange(['to', 'intervalSeconds'], refresh);
    refresh();
  },
  oneditsave() {
    dialog.enter('tracks', String(dialog.entered('tracks') ?? '').trim());
    this['intervalSeconds'] = storedNumber(String(dialog.entered('intervalSeconds') ?? ''));
    this['version'] ??= CONVERT_VERSION;
    dialog.close();
  },
  oneditcancel() {
    dialog.close();
  },
});
