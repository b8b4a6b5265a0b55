/**
 * The dialog of `kvs-fleet`. The definition stays one plain literal, defaults included: the scorecard and the flow
 * library read the built page without running it. A test holds the defaults against `src/options`.
 */
import {
  FLEET_DEFAULTS,
  FLEET_VERSION,
  emitProblem,
  excludeProblem,
  fleetNumberProblem,
  numberProblem,
  selectByProblem,
  startSelectorTypeProblem,
  startValueProblem,
  streamsProblem,
  tracksProblem,
} from '../../../src/options';
import type { FleetNumber, NumericProperty } from '../../../src/options';
import { configProblem, regionOf } from '../../shared/dialog/account-field';
import { isInMemory, offerContextStores } from '../../shared/dialog/checkpoint-store-field';
import { Dialog } from '../../shared/dialog/dialog-fields';
import { isEnvironmentVariable, storedNumber } from '../../shared/dialog/field-values';
import type { FieldProblem } from '../../shared/dialog/problem-text';
import { verdict } from '../../shared/dialog/problem-text';
import { startValueKind } from '../../shared/dialog/start-value';
import { offerTimes } from '../../shared/dialog/time-picker';
import {
  NUMERIC_PROPERTIES,
  shownFleetFields,
  streamsKind,
  usesAdvanced,
  valueOrDefault,
  type FleetProperty,
} from './form';
import { showMatches } from './matches';

const dialog = new Dialog('node-input');

function judge(
  node: EditorNode,
  problem: FieldProblem | undefined,
  { label }: ValidatorOptions,
): true | string {
  return verdict('kvs-fleet', problem, node._.bind(node), label);
}

function judgeNumber(
  node: EditorNode,
  property: NumericProperty,
  value: unknown,
  options: ValidatorOptions,
): true | string {
  return judge(node, numberProblem(property, valueOrDefault(property, value)), options);
}

function judgeFleetNumber(
  node: EditorNode,
  property: FleetNumber,
  value: unknown,
  options: ValidatorOptions,
): true | string {
  return judge(node, fleetNumberProblem(property, valueOrDefault(property, value)), options);
}

RED.nodes.registerType('kvs-fleet', {
  category: 'network',
  color: '#F3B567',
  icon: 'kvs-fleet.svg',
  inputs: 1,
  outputs: 3,
  defaults: {
    name: { value: '' },
    version: {
      value: 1,
      validate(value, options) {
        const newer = Number(value ?? FLEET_VERSION) > FLEET_VERSION;
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
    selectBy: {
      value: 'prefix',
      validate(value, options) {
        return judge(this, selectByProblem(valueOrDefault('selectBy', value)), options);
      },
    },
    streams: {
      value: '',
      validate(value, options) {
        const selectBy = valueOrDefault('selectBy', dialog.current(this, 'selectBy'));
        const kind = streamsKind(selectBy);
        const label = options.label ?? (kind && this._(`kvs-fleet.streams.${kind}`));
        const problem = streamsProblem(value, selectBy, regionOf(this, dialog));
        return judge(this, problem, label === undefined ? {} : { label });
      },
    },
    exclude: {
      value: '',
      validate(value, options) {
        return judge(this, excludeProblem(value), options);
      },
    },
    discoverSeconds: {
      value: 60,
      validate(value, options) {
        return judgeFleetNumber(this, 'discoverSeconds', value, options);
      },
    },
    maxStreams: {
      value: 0,
      validate(value, options) {
        return judgeFleetNumber(this, 'maxStreams', value, options);
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
        const label = options.label ?? (kind && this._(`kvs-fleet.startValue.${kind}`));
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
  },
  paletteLabel() {
    return 'kvs fleet';
  },
  label() {
    const { name, streams, selectBy } = this;
    const chosen =
      typeof streams === 'string' && !streams.includes('\n') && selectBy !== 'message' ? streams : '';
    return [name, selectBy === 'prefix' && chosen !== '' ? `${chosen}*` : chosen].find(isText) ?? 'kvs fleet';
  },
  labelStyle() {
    return isText(this['name']) ? 'node_label_italic' : '';
  },
  inputLabels() {
    return this._('kvs-fleet.port.actions');
  },
  outputLabels(index) {
    return this._(PORTS[index] ?? '');
  },
  oneditprepare() {
    dialog.open(this);
    enterMissingDefaults(this);
    offerContextStores($('#kvs-fleet-stores'));
    offerTimes(dialog, 'startValue', '#kvs-fleet-time', '#kvs-fleet-zone');
    $('#kvs-fleet-advanced').prop(
      'open',
      usesAdvanced((property) => this[property]),
    );
    clearWithKind('streams', 'selectBy', streamsKind);
    clearWithKind('startValue', 'startSelectorType', startValueKind);
    const refresh = (): void => {
      const shown = shownFleetFields((property) => dialog.entered(property), isInMemory);
      for (const property of Object.keys(shown) as (keyof typeof shown)[]) {
        $(`.kvs-fleet-${property}`).toggle(shown[property]);
      }
      const by = streamsKind(dialog.entered('selectBy'));
      if (by !== undefined) {
        $('#kvs-fleet-streams-label').text(this._(`kvs-fleet.streams.${by}`));
        dialog
          .field('streams')
          .attr('placeholder', this._(PLACEHOLDERS[by]))
          .attr('rows', by === 'list' ? '5' : '1');
      }
      const kind = startValueKind(dialog.entered('startSelectorType'));
      $('.kvs-fleet-time').toggle(kind === 'time');
      if (kind !== undefined) {
        $('#kvs-fleet-startValue-label').text(this._(`kvs-fleet.startValue.${kind}`));
        dialog.field('startValue').attr('placeholder', this._(`kvs-fleet.startValue.${kind}Example`));
      }
    };
    const deciding = ['selectBy', 'startSelectorType', 'emit', 'resume', 'maxInFlight', 'ackTimeoutSeconds'];
    dialog.onChange([...deciding, 'checkpointStore'], refresh);
    refresh();
    showMatches(this, dialog);
  },
  oneditsave() {
    for (const property of ['streams', 'exclude', 'startValue', 'tracks', 'checkpointStore']) {
      dialog.enter(property, String(dialog.entered(property) ?? '').trim());
    }
    const shown = shownFleetFields((property) => dialog.entered(property));
    for (const property of (['streams', 'exclude', 'startValue'] as const).filter((name) => !shown[name])) {
      dialog.enter(property, '');
    }
    // The editor takes a field's text only where it differs, loosely compared, from the property: numbers stay numbers.
    for (const property of NUMERIC_PROPERTIES) {
      this[property] = storedNumber(String(dialog.entered(property) ?? ''));
    }
    this['version'] ??= FLEET_VERSION;
    dialog.close();
  },
  oneditcancel() {
    dialog.close();
  },
});

const PLACEHOLDERS = {
  prefix: 'kvs-fleet.placeholder.prefix',
  tags: 'kvs-fleet.placeholder.tags',
  list: 'kvs-fleet.placeholder.list',
} as const;
const PORTS = ['kvs-fleet.port.media', 'kvs-fleet.port.errors', 'kvs-fleet.port.events'] as const;

/** A flow made elsewhere may leave properties out; the dialog shows what the run time then takes. */
function enterMissingDefaults(node: EditorNode): void {
  for (const property of Object.keys(FLEET_DEFAULTS) as FleetProperty[]) {
    if (node[property] === undefined) {
      dialog.enter(property, FLEET_DEFAULTS[property]);
    }
  }
}

/** Empties a value when it begins to mean something else: a tag is no name. */
function clearWithKind(
  property: 'streams' | 'startValue',
  deciding: FleetProperty,
  kindOf: (value: unknown) => string | undefined,
): void {
  let kind = kindOf(dialog.entered(deciding));
  dialog.onChange([deciding], () => {
    const next = kindOf(dialog.entered(deciding));
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
