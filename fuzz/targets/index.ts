/** All fuzz targets, by name. */
import type { Target } from '../target';
import { checkpoints } from './checkpoints';
import { errors } from './errors';
import { messages } from './messages';
import { reader } from './reader';

export const TARGETS: readonly Target[] = [reader, errors, messages, checkpoints];

export function targetOf(name: string): Target {
  const target = TARGETS.find((known) => known.name === name);
  if (target === undefined) {
    throw new Error(`There is no target "${name}", but ${TARGETS.map((known) => known.name).join(', ')}.`);
  }
  return target;
}
