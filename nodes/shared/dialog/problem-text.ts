/** Words what is wrong with a field of a dialog. */
import type { SettingsProblem } from '../../../src/options';
import { FLEET_LIMITS, LIMITS, SHARING_LIMITS } from '../../../src/options';

/** `node._`: a text of the node's own catalogue, with `__name__` replaced. */
export type Translate = (key: string, values?: Readonly<Record<string, string | number>>) => string;

const BOUNDED = { ...LIMITS, ...FLEET_LIMITS, ...SHARING_LIMITS };

/** What is wrong with a field of the dialogs; credentials are no settings, so they are named here. */
export type FieldProblem =
  | Pick<SettingsProblem, 'property' | 'key'>
  | { property: string; key: 'invalidConfig' | 'disabledConfig' | 'noKeys' };

/**
 * A validator's answer: true, or one sentence that names the field, since the editor also shows it away from the
 * field (on the node's warning and before a deploy).
 *
 * @param type the node type, which begins every key of its catalogue
 * @param label the editor's own name for the field, where it has one
 */
export function verdict(
  type: string,
  problem: FieldProblem | undefined,
  translate: Translate,
  label?: string,
): true | string {
  if (problem === undefined) {
    return true;
  }
  const name = label ?? translate(`${type}.label.${problem.property}`);
  return `${name}: ${translate(`${type}.problem.${problem.key}`, boundsOf(problem.property))}`;
}

function boundsOf(property: string): Record<string, number> {
  const limits = Object.entries(BOUNDED).find(([name]) => name === property)?.[1];
  return limits === undefined ? {} : { min: limits.min, max: limits.max };
}
