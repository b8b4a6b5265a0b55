/** Makes the errors of a selection: what it names twice, does not find, or has no place for. Reading continues after them. */
import type { FleetSettings } from '../../src/options';
import type { ErrorReport } from '../../src/session';
import { localError } from '../shared/local-error';
import { nodeStatement } from '../shared/node-statements';

/** Streams that the list names more than once. */
export function namedTwiceError(names: readonly string[]): ErrorReport {
  return localError('InvalidInput', 'Fleet', [
    nodeStatement('fleet.namedTwice', { names: names.join(', ') }),
  ]);
}

/** The account has no stream of the selection. */
export function nothingFoundError({ selection, discoverMs }: FleetSettings): ErrorReport {
  return localError('NoStreamsFound', 'Fleet', [
    nodeStatement(`fleet.nothingFound.${selection.by === 'tags' ? 'tags' : 'prefix'}`, {}),
    nodeStatement('fleet.searchedAgain', { retryInMs: discoverMs }),
  ]);
}

/** More streams are selected than may be read. @param most as many as may be */
export function fullError(most: number): ErrorReport {
  return localError('FleetFull', 'Fleet', [nodeStatement('fleet.full', { most })]);
}
