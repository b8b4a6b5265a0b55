import type { Clock } from '../clock';
import type { StreamRef } from '../options';
import { errorRow } from './error-table';
import { duration, report, type ErrorReport } from './error-report';
import type { Failure } from './failure';
import { SilenceWatch } from './silence-watch';

/**
 * Reports `StreamSilent` when a session has had no media for `silentMs`, and once more, then with `silentMs`, when it
 * has media again.
 */
export function watchSilence(
  { stream, silentMs = 0 }: { readonly stream: StreamRef; readonly silentMs?: number },
  clock: Clock,
  tell: (error: ErrorReport) => void,
): SilenceWatch {
  const name = `Stream "${stream.StreamName}"`;
  return new SilenceWatch(silentMs, clock, {
    silent: (ms) => {
      const failure = silence(`${name} has had no media for ${duration(ms)}`);
      tell(report(failure, errorRow(failure), { action: 'ignore' }, 1));
    },
    resumed: (ms) => {
      const failure = silence(`${name} has media again after ${duration(ms)} without`);
      const row = { ...errorRow(failure), advice: '' };
      tell({ ...report(failure, row, { action: 'ignore' }, 1), silentMs: ms });
    },
  });
}

function silence(what: string): Failure {
  return { ErrorType: 'StreamSilent', RequestId: null, statusCode: null, operation: 'GetMedia', what };
}
