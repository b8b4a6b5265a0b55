/**
 * The dialog of `kvs-get-media`. The definition stays one plain literal, defaults included: the scorecard and the
 * flow library read the built page without running it. A test holds the defaults against `src/options`.
 */
import {
  GET_MEDIA_DEFAULTS,
  GET_MEDIA_VERSION,
  emitProblem,
  numberProblem,
  startSelectorTypeProblem,
  startValueProblem,
  streamProblem,
  tracksProblem,
  untilTypeProblem,
  untilValueProblem,
} from '../../../src/options';
import type { NumericProperty } from '../../../src/options';
import { configProblem, regionOf } from '../../shared/dialog/account-field';
import { isInMemory, offerContextStores } from '../../shared/dialog/checkpoint-store-field';
import { Dialog } from '../../shared/dialog/dialog-fields';
import type { GetMediaProperty } from './form';
import {
  NUMERIC_PROPERTIES,
  shownGetMediaFields,
  untilValueKind,
  usesAdvanced,
  valueOrDefault,
} from './form';
import { startValueKind } from '../../shared/dialog/start-value';
import { offerTimes } from '../../shared/dialog/time-picker';
import { offerPreview } from './preview-button';
import type { FieldProblem } from '../../shared/dialog/problem-text';
import { verdict } from '../../shared/dialog/problem-text';
import { offerStreams } from '../../shared/dialog/stream-search';
import { isEnvironmentVariable, storedNumber } from '../../shared/dialog/field-values';

const dialog = new Dialog('node-input');

function judge(
  node: EditorNode,
  problem: FieldProblem | undefined,
  { label }: ValidatorOptions,
): true | string {
  return verdict('kvs-get-media', problem, node._.bind(node), label);
}

function judgeNumber(
  node: EditorNode,
  property: NumericProperty,
  value: unknown,
  options: ValidatorOptions,
): true | string {
  return judge(node, numberProblem(property, valueOrDefault(property, value)), options);
}

RED.nodes.registerType('kvs-get-media', {
  category: 'network',
  color: '#F3B567',
  icon: 'kvs-get-media.svg',
  inputs: 1,
  outputs: 2,
  defaults: {
    name: { value: '' },
    version: {
      value: 1,
      validate(value, options) {
        const newer = Number(value ?? GET_MEDIA_VERSION) > GET_MEDIA_VERSION;
        return judge(this, newer ? { property: 'version', key: 'newerVersion' } : undefined, options);
      },
    },
    config: {
      value: '',
      type: 'kvs-config',
      validate(value, options) {
        return judge(this, configProblem(value), options);
      },
    },
    stream: {
      value: '',
      validate(value, options) {
        return judge(this, streamProblem(value, regionOf(this, dialog)), options);
      },
    },
    startSelectorType: {
      value: 'NOW',
      validate(value, options) {
        return judge(this, startSelectorTypeProblem(valueOrDefault('startSelectorType', value)), options);
      },
    },
    startValue: {
      value: '',
      validate(value, options) {
        const type = dialog.current(this, 'startSelectorType');
        const kind = startValueKind(type);
        const label = options.label ?? (kind && this._(`kvs-get-media.startValue.${kind}`));
        return judge(this, startValueProblem(value, type), label === undefined ? {} : { label });
      },
    },
    emit: {
      value: 'chunk',
      validate(value, options) {
        return judge(this, emitProblem(valueOrDefault('emit', value)), options);
      },
    },
    tracks: {
      value: '',
      validate(value, options) {
        return judge(this, tracksProblem(value), options);
      },
    },
    autoStart: { value: true },
    resume: { value: true },
    checkpointStore: { value: '' },
    maxInFlight: {
      value: 0,
      validate(value, options) {
        return judgeNumber(this, 'maxInFlight', value, options);
      },
    },
    keepTrying: { value: true },
    stallTimeoutSeconds: {
      value: 20,
      validate(value, options) {
        return judgeNumber(this, 'stallTimeoutSeconds', value, options);
      },
    },
    ackTimeoutSeconds: {
      value: 60,
      validate(value, options) {
        return judgeNumber(this, 'ackTimeoutSeconds', value, options);
      },
    },
    maxChunkMB: {
      value: 64,
      validate(value, options) {
        return judgeNumber(this, 'maxChunkMB', value, options);
      },
    },
    silentSeconds: {
      value: 0,
      validate(value, options) {
        return judgeNumber(this, 'silentSeconds', value, options);
      },
    },
    inheritTags: { value: false },
    untilType: {
      value: '',
      validate(value, options) {
        return judge(this, untilTypeProblem(valueOrDefault('untilType', value)), options);
      },
    },
    untilValue: {
      value: '',
      validate(value, options) {
        return judge(this, untilValueProblem(value, dialog.current(this, 'untilType')), options);
      },
    },
  },
  paletteLabel() {
    return 'kvs get media';
  },
  label() {
    return [this['name'], this['stream']].find(isText) ?? 'kvs get media';
  },
  labelStyle() {
    return isText(this['name']) ? 'node_label_italic' : '';
  },
  inputLabels() {
    return this._('kvs-get-media.port.actions');
  },
  outputLabels(index) {
    return this._(index === 0 ? 'kvs-get-media.port.media' : 'kvs-get-media.port.errors');
  },
  oneditprepare() {
    dialog.open(this);
    enterMissingDefaults(this);
    offerContextStores($('#kvs-get-media-stores'));
    offerStreams(this, dialog);
    offerPreview(this);
    offerTimes(dialog, 'startValue', '#kvs-get-media-time', '#kvs-get-media-zone');
    offerTimes(dialog, 'untilValue', '#kvs-get-media-until', '#kvs-get-media-until-zone');
    const advanced = $('#kvs-get-media-advanced');
    advanced.prop(
      'open',
      usesAdvanced((property) => this[property]),
    );
    clearWithKind('startValue', () => startValueKind(dialog.entered('startSelectorType')));
    clearWithKind('untilValue', () => String(dialog.entered('untilType')));
    const refresh = (): void => {
      const shown = shownGetMediaFields((property) => dialog.entered(property), isInMemory);
      for (const property of Object.keys(shown) as (keyof typeof shown)[]) {
        $(`.kvs-get-media-${property}`).toggle(shown[property]);
      }
      const kind = startValueKind(dialog.entered('startSelectorType'));
      $('.kvs-get-media-time').toggle(kind === 'time');
      if (kind !== undefined) {
        $('#kvs-get-media-startValue-label').text(this._(`kvs-get-media.startValue.${kind}`));
        dialog.field('startValue').attr('placeholder', this._(`kvs-get-media.startValue.${kind}Example`));
      }
      const bound = untilValueKind(dialog.entered('untilType'));
      const example = bound === undefined ? '' : this._(`kvs-get-media.startValue.${bound}Example`);
      dialog.field('untilValue').attr('placeholder', example);
      $('.kvs-get-media-untilTime').toggle(bound === 'time');
    };
    const deciding = ['startSelectorType', 'untilType', 'emit', 'resume', 'maxInFlight', 'ackTimeoutSeconds'];
    dialog.onChange([...deciding, 'checkpointStore'], refresh);
    refresh();
  },
  oneditsave() {
    for (const property of ['stream', 'startValue', 'untilValue', 'tracks', 'checkpointStore']) {
      dialog.enter(property, String(dialog.entered(property) ?? '').trim());
    }
    const shown = shownGetMediaFields((property) => dialog.entered(property));
    for (const property of (['startValue', 'untilValue'] as const).filter((name) => !shown[name])) {
      dialog.enter(property, '');
    }
    // The editor takes a field's text only where it differs, loosely compared, from the property: numbers stay numbers.
    for (const property of NUMERIC_PROPERTIES) {
      this[property] = storedNumber(String(dialog.entered(property) ?? ''));
    }
    this['version'] ??= GET_MEDIA_VERSION;
    dialog.close();
  },
  oneditcancel() {
    dialog.close();
  },
});

/** A flow made elsewhere may leave properties out; the dialog shows what the run time then takes. */
function enterMissingDefaults(node: EditorNode): void {
  for (const property of Object.keys(GET_MEDIA_DEFAULTS) as GetMediaProperty[]) {
    if (node[property] === undefined) {
      dialog.enter(property, GET_MEDIA_DEFAULTS[property]);
    }
  }
}

/** Empties a value when it begins to mean something else: a time is no fragment number. */
function clearWithKind(property: 'startValue' | 'untilValue', kindOf: () => string | undefined): void {
  let kind = kindOf();
  dialog.onChange([property === 'startValue' ? 'startSelectorType' : 'untilType'], () => {
    const next = kindOf();
    if (next !== kind && !isEnvironmentVariable(dialog.entered(property))) {
      dialog.enter(property, '');
      dialog.field(property).trigger('change');
    }
    kind = next;
  });
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
