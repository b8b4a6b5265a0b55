/**
 * The dialog of `kvs-archive`. The definition stays one plain literal, defaults included: the scorecard and the flow
 * library read the built page without running it. A test holds the defaults against `src/options`.
 */
import {
  ARCHIVE_DEFAULTS,
  ARCHIVE_LIMITS,
  ARCHIVE_VERSION,
  archiveChoiceProblem,
  archiveFilenameProblem,
  archiveNumberProblem,
  archiveStreamProblem,
  tracksProblem,
} from '../../../src/options';
import type { ArchiveChoice, ArchiveNumber } from '../../../src/options';
import { configProblem, regionOf } from '../../shared/dialog/account-field';
import { Dialog } from '../../shared/dialog/dialog-fields';
import { isEnvironmentVariable, storedNumber } from '../../shared/dialog/field-values';
import type { FieldProblem } from '../../shared/dialog/problem-text';
import { offerStreams } from '../../shared/dialog/stream-search';
import { archiveValue, shownArchiveFields } from './form';
import type { ArchiveProperty } from './form';
import { offerRightsTest } from './rights-button';

const dialog = new Dialog('node-input');
const NUMBERS = Object.keys(ARCHIVE_LIMITS) as ArchiveNumber[];

function judge(
  node: EditorNode,
  problem: FieldProblem | undefined,
  { label }: ValidatorOptions,
): true | string {
  if (problem === undefined) {
    return true;
  }
  const { property, key } = problem;
  const name = label ?? node._(`kvs-archive.label.${property}`);
  const limits = NUMBERS.find((number) => number === property);
  const bounds =
    limits === undefined ? {} : { min: ARCHIVE_LIMITS[limits].min, max: ARCHIVE_LIMITS[limits].max };
  return `${name}: ${node._(`kvs-archive.problem.${key}`, bounds)}`;
}

function judgeNumber(
  node: EditorNode,
  property: ArchiveNumber,
  value: unknown,
  options: ValidatorOptions,
): true | string {
  return judge(node, archiveNumberProblem(property, archiveValue(property, value)), options);
}

function judgeChoice(
  node: EditorNode,
  property: ArchiveChoice,
  value: unknown,
  options: ValidatorOptions,
): true | string {
  return judge(node, archiveChoiceProblem(property, archiveValue(property, value)), options);
}

RED.nodes.registerType('kvs-archive', {
  category: 'network',
  color: '#F3B567',
  icon: 'kvs-archive.svg',
  inputs: 1,
  outputs: 2,
  defaults: {
    name: { value: '' },
    version: {
      value: 1,
      validate(value, options) {
        const newer = Number(value ?? ARCHIVE_VERSION) > ARCHIVE_VERSION;
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
        return judge(this, archiveStreamProblem(value, regionOf(this, dialog)), options);
      },
    },
    output: {
      value: 'clip',
      validate(value, options) {
        return judgeChoice(this, 'output', value, options);
      },
    },
    fragmentSelectorType: {
      value: 'PRODUCER_TIMESTAMP',
      validate(value, options) {
        return judgeChoice(this, 'fragmentSelectorType', value, options);
      },
    },
    beforeSeconds: {
      value: 10,
      validate(value, options) {
        return judgeNumber(this, 'beforeSeconds', value, options);
      },
    },
    afterSeconds: {
      value: 20,
      validate(value, options) {
        return judgeNumber(this, 'afterSeconds', value, options);
      },
    },
    waitSeconds: {
      value: 60,
      validate(value, options) {
        return judgeNumber(this, 'waitSeconds', value, options);
      },
    },
    tracks: {
      value: '',
      validate(value, options) {
        return judge(this, tracksProblem(value), options);
      },
    },
    saveTo: {
      value: 'message',
      validate(value, options) {
        return judgeChoice(this, 'saveTo', value, options);
      },
    },
    filename: {
      value: 'filename',
      validate(value, options) {
        const of = (property: 'output' | 'saveTo'): unknown => archiveValue(property, this[property]);
        const problem = archiveFilenameProblem(archiveValue('filename', value), {
          ...{ output: of('output'), saveTo: of('saveTo') },
        });
        return judge(this, problem, options);
      },
    },
    filenameType: {
      value: 'msg',
      validate(value, options) {
        return judgeChoice(this, 'filenameType', value, options);
      },
    },
    maxMB: {
      value: 256,
      validate(value, options) {
        return judgeNumber(this, 'maxMB', value, options);
      },
    },
    intervalSeconds: {
      value: 0,
      validate(value, options) {
        return judgeNumber(this, 'intervalSeconds', value, options);
      },
    },
    width: {
      value: 0,
      validate(value, options) {
        return judgeNumber(this, 'width', value, options);
      },
    },
    quality: {
      value: 80,
      validate(value, options) {
        return judgeNumber(this, 'quality', value, options);
      },
    },
    format: {
      value: 'jpeg',
      validate(value, options) {
        return judgeChoice(this, 'format', value, options);
      },
    },
    imageSource: {
      value: 'auto',
      validate(value, options) {
        return judgeChoice(this, 'imageSource', value, options);
      },
    },
    maxInFlight: {
      value: 0,
      validate(value, options) {
        return judgeNumber(this, 'maxInFlight', value, options);
      },
    },
    protocol: {
      value: 'HLS',
      validate(value, options) {
        return judgeChoice(this, 'protocol', value, options);
      },
    },
    playbackMode: {
      value: 'ON_DEMAND',
      validate(value, options) {
        return judgeChoice(this, 'playbackMode', value, options);
      },
    },
    expiresSeconds: {
      value: 300,
      validate(value, options) {
        return judgeNumber(this, 'expiresSeconds', value, options);
      },
    },
  },
  paletteLabel() {
    return 'kvs archive';
  },
  label() {
    return [this['name'], this['stream']].find(isText) ?? 'kvs archive';
  },
  labelStyle() {
    return isText(this['name']) ? 'node_label_italic' : '';
  },
  inputLabels() {
    return this._('kvs-archive.port.requests');
  },
  outputLabels(index) {
    return this._(index === 0 ? 'kvs-archive.port.results' : 'kvs-archive.port.errors');
  },
  oneditprepare() {
    dialog.open(this);
    for (const property of Object.keys(ARCHIVE_DEFAULTS) as ArchiveProperty[]) {
      if (this[property] === undefined) {
        dialog.enter(property, ARCHIVE_DEFAULTS[property]);
      }
    }
    offerStreams(this, dialog);
    offerRightsTest(this, dialog);
    const isNumber = (property: ArchiveNumber): boolean =>
      isEnvironmentVariable(dialog.entered(property)) ||
      archiveNumberProblem(property, dialog.entered(property)) === undefined;
    const refresh = (): void => {
      const shown = shownArchiveFields((property) => dialog.entered(property));
      for (const property of Object.keys(shown) as (keyof typeof shown)[]) {
        $(`.kvs-archive-${property}`).toggle(shown[property]);
      }
      const before = String(dialog.entered('beforeSeconds'));
      const after = String(dialog.entered('afterSeconds'));
      const isServers = dialog.entered('fragmentSelectorType') === 'SERVER_TIMESTAMP';
      $('#kvs-archive-range')
        .text(
          this._(isServers ? 'kvs-archive.range.server' : 'kvs-archive.range.producer', { before, after }),
        )
        .toggle(shown.range && isNumber('beforeSeconds') && isNumber('afterSeconds'));
    };
    dialog.onChange(
      ['output', 'saveTo', 'format', 'playbackMode', 'fragmentSelectorType', 'tracks', ...NUMBERS],
      refresh,
    );
    refresh();
  },
  oneditsave() {
    for (const property of ['stream', 'tracks']) {
      dialog.enter(property, String(dialog.entered(property) ?? '').trim());
    }
    // The editor takes a field's text only where it differs, loosely compared, from the property: numbers stay numbers.
    for (const property of NUMBERS) {
      this[property] = storedNumber(String(dialog.entered(property) ?? ''));
    }
    this['version'] ??= ARCHIVE_VERSION;
    dialog.close();
  },
  oneditcancel() {
    dialog.close();
  },
});

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
