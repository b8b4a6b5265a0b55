/**
 * The dialog of `kvs-fleet`. The definition stays one plain literal, defaults included: the scorecard and the flow
 * library read the built page without running it. A test holds the defaults against `src/options`.
 */
import {
  FLEET_VERSION,
  coordinationProblem,
  emitProblem,
  excludeProblem,
  fleetNumberProblem,
  fleetProblem,
  numberProblem,
  selectByProblem,
  sharingNumberProblem,
  startSelectorTypeProblem,
  startValueProblem,
  streamsProblem,
  tableEndpointProblem,
  tableProblem,
  tracksProblem,
} from '../../../src/options';
import type { FleetNumber, NumericProperty, SharingNumber } from '../../../src/options';
import { configProblem, regionOf } from '../../shared/dialog/account-field';
import { offerContextStores } from '../../shared/dialog/checkpoint-store-field';
import { Dialog } from '../../shared/dialog/dialog-fields';
import { storedNumber } from '../../shared/dialog/field-values';
import type { FieldProblem } from '../../shared/dialog/problem-text';
import { verdict } from '../../shared/dialog/problem-text';
import { startValueKind } from '../../shared/dialog/start-value';
import { offerTimes } from '../../shared/dialog/time-picker';
import { clearWithKind, enterMissingDefaults, showFields } from './fields';
import { NUMERIC_PROPERTIES, shownFleetFields, streamsKind, usesAdvanced, valueOrDefault } from './form';
import { showMatches } from './matches';
import { offerTable } from './table';

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

function judgeSharingNumber(
  node: EditorNode,
  property: SharingNumber,
  value: unknown,
  options: ValidatorOptions,
): true | string {
  const problem = sharingNumberProblem(property, valueOrDefault(property, value), sharing(node));
  return judge(node, problem, options);
}

/** What the streams are shared by: it decides whether the other settings of sharing are looked at. */
function sharing(node: EditorNode): unknown {
  return valueOrDefault('coordination', dialog.current(node, 'coordination'));
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
    coordination: {
      value: 'none',
      validate(value, options) {
        return judge(this, coordinationProblem(valueOrDefault('coordination', value)), options);
      },
    },
    table: {
      value: 'kvs-fleets',
      validate(value, options) {
        return judge(this, tableProblem(valueOrDefault('table', value), sharing(this)), options);
      },
    },
    tableEndpoint: {
      value: '',
      validate(value, options) {
        return judge(this, tableEndpointProblem(value, sharing(this)), options);
      },
    },
    fleet: {
      value: 'default',
      validate(value, options) {
        return judge(this, fleetProblem(valueOrDefault('fleet', value), sharing(this)), options);
      },
    },
    leaseSeconds: {
      value: 15,
      validate(value, options) {
        return judgeSharingNumber(this, 'leaseSeconds', value, options);
      },
    },
    checkpointSeconds: {
      value: 10,
      validate(value, options) {
        return judgeSharingNumber(this, 'checkpointSeconds', value, options);
      },
    },
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
    enterMissingDefaults(this, dialog);
    offerContextStores($('#kvs-fleet-stores'));
    offerTimes(dialog, 'startValue', '#kvs-fleet-time', '#kvs-fleet-zone');
    $('#kvs-fleet-advanced').prop(
      'open',
      usesAdvanced((property) => this[property]),
    );
    clearWithKind(dialog, 'streams', 'selectBy', streamsKind);
    clearWithKind(dialog, 'startValue', 'startSelectorType', startValueKind);
    showFields(this, dialog);
    offerTable(this, dialog);
    showMatches(this, dialog);
  },
  oneditsave() {
    for (const property of TEXTS) {
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

const TEXTS = [
  ...['streams', 'exclude', 'startValue', 'tracks', 'checkpointStore'],
  ...['table', 'tableEndpoint', 'fleet'],
];
const PORTS = ['kvs-fleet.port.media', 'kvs-fleet.port.errors', 'kvs-fleet.port.events'] as const;

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
