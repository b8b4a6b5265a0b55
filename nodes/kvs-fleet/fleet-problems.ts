/** Errors of a fleet that come from no call. Streams that are read are read on. */
import type { FleetSettings } from '../../src/options';
import type { ErrorReport } from '../../src/session';
import { localError } from '../shared/local-error';
import { say } from '../shared/node-statements';

/** Streams that the list names more than once. */
export function namedTwiceError(names: readonly string[]): ErrorReport {
  return localError('InvalidInput', 'Fleet', [say('fleet.namedTwice', { names: names.join(', ') })]);
}

/** The account has no stream of the selection. */
export function nothingFoundError({ selection, discoverMs }: FleetSettings): ErrorReport {
  return localError('NoStreamsFound', 'Fleet', [
    say(`fleet.nothingFound.${selection.by === 'tags' ? 'tags' : 'prefix'}`, {}),
    say('fleet.searchedAgain', { retryInMs: discoverMs }),
  ]);
}

/** More streams are selected than may be read. @param most as many as may be */
export function fullError(most: number): ErrorReport {
  return localError('FleetFull', 'Fleet', [say('fleet.full', { most })]);
}
