import type { Clock } from '../clock';
import type { MediaService } from '../kinesis-video';
import type { StreamRef } from '../options';
import { errorRow, type ErrorClass } from './error-table';
import { report, type ErrorReport } from './error-report';
import type { Failure } from './failure';
import type { Intake } from './fragment-tracker';
import { reactTo, type Reaction } from './retry-policy';

const NO_FAILURES = { inRow: 0, sameClass: 0, errorClass: '' };

/**
 * Decides what follows a failed call or a broken response, and puts right before the next call what can be put right:
 * a moved endpoint, expired credentials, a clock that is off, a position that is no longer known. Counts the failures
 * since media last flowed.
 */
export class Recovery {
  #failures = NO_FAILURES;

  constructor(
    private readonly options: { readonly stream: StreamRef; readonly keepTrying: boolean },
    private readonly dependencies: { readonly service: MediaService; readonly clock: Clock },
    private readonly intake: Intake,
  ) {}

  /** All is well again: the next failure is a first one. */
  succeeded(): void {
    this.#failures = NO_FAILURES;
  }

  failed(failure: Failure): { readonly reaction: Reaction; readonly error: ErrorReport } {
    const { clock, service } = this.dependencies;
    // Against the clock as it was used: one that has been corrected is off again once someone sets the machine's right.
    const clockSkewMs =
      failure.serverTime === undefined
        ? undefined
        : failure.serverTime - (clock.now() + service.clockOffsetMs);
    const { learnt } = this.intake.place;
    const row = errorRow({ ...failure, clockSkewMs, usedPosition: learnt });
    // Where the position is the configured one there is nothing to fall back to: the setting itself is wrong.
    const errorClass = row.class === 'position' && !learnt ? 'configuration' : row.class;
    this.#count(errorClass);
    this.#mend(errorClass, failure);
    const reaction = reactTo(errorClass, this.#failures, this.options.keepTrying, () => clock.random());
    return {
      reaction,
      error: report(failure, { ...row, class: errorClass }, reaction, this.#failures.inRow),
    };
  }

  #count(errorClass: ErrorClass): void {
    const { inRow, sameClass, errorClass: last } = this.#failures;
    this.#failures = {
      inRow: inRow + 1,
      sameClass: last === errorClass ? sameClass + 1 : 1,
      errorClass,
    };
  }

  #mend(errorClass: ErrorClass, { ErrorType, serverTime }: Failure): void {
    const { service } = this.dependencies;
    const { stream } = this.options;
    switch (errorClass) {
      case 'endpoint':
        service.forgetEndpoint(stream);
        break;
      case 'credentials':
        service.forgetCredentials();
        break;
      case 'clock':
        if (serverTime !== undefined) {
          service.correctClock(serverTime);
        }
        break;
      case 'position':
        this.intake.fallBack();
        break;
      case 'refused':
        // It may be mended behind our back, by other credentials or by a stream of the same name made anew.
        service.forgetEndpoint(stream);
        service.forgetCredentials();
        break;
      case 'transient':
        if (ErrorType === 'NetworkError') {
          service.forgetEndpoint(stream);
        }
        break;
      case 'throttled':
      case 'configuration':
        break;
    }
  }
}
