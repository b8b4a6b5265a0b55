/** What can be fixed between a failed call and the next one. */
import type { MediaService } from '../kinesis-video';
import type { StreamRef } from '../options';
import type { ErrorClass } from './error-table';

/**
 * Fixes what made a call fail, so that the next one may succeed: a moved endpoint, expired credentials, a clock that is
 * off.
 *
 * @param failure `serverTime`: the service's clock at the failure, ms since the epoch
 */
export function repairCalls(
  service: Pick<MediaService, 'forgetEndpoint' | 'forgetCredentials' | 'correctClock'>,
  stream: StreamRef,
  errorClass: ErrorClass,
  { ErrorType, serverTime }: { readonly ErrorType: string; readonly serverTime?: number | undefined },
): void {
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
    case 'refused':
      // It may be fixed without us, by other credentials or by a new stream of the same name.
      service.forgetEndpoint(stream);
      service.forgetCredentials();
      break;
    case 'transient':
      if (ErrorType === 'NetworkError') {
        service.forgetEndpoint(stream);
      }
      break;
    case 'position':
    case 'throttled':
    case 'configuration':
      break;
  }
}
