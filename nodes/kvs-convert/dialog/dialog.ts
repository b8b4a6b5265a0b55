/**
 * The dialog of `kvs-convert`. The definition stays one plain literal, defaults included: the scorecard and the flow
 * library read the built page without running it. A test holds the defaults against `src/options`.
 */
import {
  CONVERT_DEFAULTS,
  CONVERT_VERSION,
  convertTracksProblem,
  filenameProblem,
  INTERVAL_LIMITS,
  intervalProblem,
  PICTURE_LIMITS,
  pictureNumberProblem,
  pixelFormatProblem,
  SPLIT_MB_LIMITS,
  SPLIT_SECONDS_LIMITS,
  splitByProblem,
  splitMBProblem,
  splitSecondsProblem,
  targetProblem,
  timeZoneProblem,
} from '../../../src/options';
import type { ConvertProblem } from '../../../src/options';
import { Dialog } from '../../shared/dialog/dialog-fields';
import { storedNumber } from '../../shared/dialog/field-values';
import { shownConvertFields } from './form';

const dialog = new Dialog('node-input');

const NUMBERS = ['intervalSeconds', 'width', 'quality', 'maxInFlight', 'splitSeconds', 'splitMB'] as const;
const LIMITS: Readonly<Record<string, { readonly min: number; readonly max: number }>> = {
  intervalSeconds: INTERVAL_LIMITS,
  ...PICTURE_LIMITS,
  splitSeconds: SPLIT_SECONDS_LIMITS,
  splitMB: SPLIT_MB_LIMITS,
};

function judge(
  node: EditorNode,
  problem: ConvertProblem | undefined,
  { label }: ValidatorOptions,
): true | string {
  if (problem === undefined) {
    return true;
  }
  const name = label ?? node._(`kvs-convert.label.${problem.property}`);
  return `${name}: ${node._(`kvs-convert.problem.${problem.key}`, LIMITS[problem.property])}`;
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
    anyFrame: { value: false },
    pixelFormat: {
      value: 'rgb24',
      validate(value, options) {
        return judge(this, pixelFormatProblem(value ?? CONVERT_DEFAULTS.pixelFormat), options);
      },
    },
    width: {
      value: 0,
      validate(value, options) {
        return judge(this, pictureNumberProblem('width', value ?? CONVERT_DEFAULTS.width), options);
      },
    },
    quality: {
      value: 95,
      validate(value, options) {
        return judge(this, pictureNumberProblem('quality', value ?? CONVERT_DEFAULTS.quality), options);
      },
    },
    dropLate: { value: false },
    maxInFlight: {
      value: 0,
      validate(value, options) {
        return judge(
          this,
          pictureNumberProblem('maxInFlight', value ?? CONVERT_DEFAULTS.maxInFlight),
          options,
        );
      },
    },
    splitBy: {
      value: '',
      validate(value, options) {
        return judge(this, splitByProblem(value ?? CONVERT_DEFAULTS.splitBy), options);
      },
    },
    splitSeconds: {
      value: 3600,
      validate(value, options) {
        return judge(this, splitSecondsProblem(value ?? CONVERT_DEFAULTS.splitSeconds), options);
      },
    },
    splitMB: {
      value: 100,
      validate(value, options) {
        return judge(this, splitMBProblem(value ?? CONVERT_DEFAULTS.splitMB), options);
      },
    },
    alignToClock: { value: true },
    filename: {
      value: '',
      validate(value, options) {
        return judge(this, filenameProblem(value), options);
      },
    },
    timeZone: {
      value: 'utc',
      validate(value, options) {
        return judge(this, timeZoneProblem(value ?? CONVERT_DEFAULTS.timeZone), options);
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
      for (const [name, isShown] of Object.entries(
        shownConvertFields((property) => dialog.entered(property)),
      )) {
        $(`.kvs-convert-${name}`).toggle(isShown);
      }
    };
    dialog.onChange(
      ['to', 'anyFrame', 'dropLate', 'pixelFormat', 'splitBy', 'filename', ...NUMBERS],
      refresh,
    );
    refresh();
  },
  oneditsave() {
    for (const property of ['tracks', 'filename']) {
      dialog.enter(property, String(dialog.entered(property) ?? '').trim());
    }
    for (const property of NUMBERS) {
      this[property] = storedNumber(String(dialog.entered(property) ?? ''));
    }
    this['version'] ??= CONVERT_VERSION;
    dialog.close();
  },
  oneditcancel() {
    dialog.close();
  },
});
