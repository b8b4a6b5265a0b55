/** The fields of the dialog of kvs-fleet: what they hold at first, and which are shown. */
import { FLEET_DEFAULTS } from '../../../src/options';
import { isInMemory } from '../../shared/dialog/checkpoint-store-field';
import type { Dialog } from '../../shared/dialog/dialog-fields';
import { isEnvironmentVariable } from '../../shared/dialog/field-values';
import { startValueKind } from '../../shared/dialog/start-value';
import { shownFleetFields, streamsKind, type FleetProperty } from './form';

const PLACEHOLDERS = {
  prefix: 'kvs-fleet.placeholder.prefix',
  tags: 'kvs-fleet.placeholder.tags',
  list: 'kvs-fleet.placeholder.list',
} as const;

/** The fields whose values decide which others are shown. */
const DECIDING = [
  ...['selectBy', 'startSelectorType', 'emit', 'resume', 'maxInFlight', 'ackTimeoutSeconds'],
  ...['checkpointStore', 'coordination'],
];

/** Shows the fields that mean something, now and whenever what decides on them changes. */
export function showFields(node: EditorNode, dialog: Dialog): void {
  const refresh = (): void => {
    const shown = shownFleetFields((property) => dialog.entered(property), isInMemory);
    for (const property of Object.keys(shown) as (keyof typeof shown)[]) {
      $(`.kvs-fleet-${property}`).toggle(shown[property]);
    }
    // Its row is that of kvs-get-media too, and has no name of its own.
    dialog.field('resume').closest('.form-row').toggle(!shown.table);
    const by = streamsKind(dialog.entered('selectBy'));
    if (by !== undefined) {
      $('#kvs-fleet-streams-label').text(node._(`kvs-fleet.streams.${by}`));
      dialog
        .field('streams')
        .attr('placeholder', node._(PLACEHOLDERS[by]))
        .attr('rows', by === 'list' ? '5' : '1');
    }
    const kind = startValueKind(dialog.entered('startSelectorType'));
    $('.kvs-fleet-time').toggle(kind === 'time');
    if (kind !== undefined) {
      $('#kvs-fleet-startValue-label').text(node._(`kvs-fleet.startValue.${kind}`));
      dialog.field('startValue').attr('placeholder', node._(`kvs-fleet.startValue.${kind}Example`));
    }
  };
  dialog.onChange(DECIDING, refresh);
  refresh();
}

/** A flow made elsewhere may leave properties out; the dialog shows what the run time then takes. */
export function enterMissingDefaults(node: EditorNode, dialog: Dialog): void {
  for (const property of Object.keys(FLEET_DEFAULTS) as FleetProperty[]) {
    if (node[property] === undefined) {
      dialog.enter(property, FLEET_DEFAULTS[property]);
    }
  }
}

/** Empties a value when it begins to mean something else: a tag is no name. */
export function clearWithKind(
  dialog: Dialog,
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
