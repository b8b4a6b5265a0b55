/** Reports a stream that has had no media for long, and its return. */
import type { Clock } from '../clock';
import { report, reportInPassing, type ErrorReport } from './error-report';
import { errorRow } from './error-table';
import type { SessionFailures } from './session-failures';
import { SilenceWatch } from './silence-watch';

/**
 * Reports `StreamSilent` when a session has had no media for `silentMs`, and once more, then with `silentMs`, when it
 * has media again.
 */
export function watchSilence(
  silentMs: number,
  clock: Clock,
  failures: SessionFailures,
  tell: (error: ErrorReport) => void,
): SilenceWatch {
  return new SilenceWatch(silentMs, clock, {
    silent: (ms) => {
      tell(reportInPassing(failures.silent(ms), { action: 'ignore' }));
    },
    resumed: (ms) => {
      const failure = failures.resumed(ms);
      const row = { class: errorRow(failure).class };
      tell({ ...report(failure, row, { action: 'ignore' }, 1), silentMs: ms });
    },
  });
}
