/** What a call gets if a fault takes the place of its answer. */
import type { HeadFault } from '../faults';
import type { Call } from './call';
import { sendError } from './responses';
import type { Service } from './service';
import { ServiceError } from './service-error';

/** How long a port stays closed after `refuse-connection`, ms. */
const REFUSE_MS = 1000;

/** @throws {ServiceError} for the faults that are errors of the service itself */
export function answerHeadFault(service: Service, fault: HeadFault, { head, response, plane }: Call): void {
  switch (fault.kind) {
    case 'http-error':
      sendError(
        response,
        { ...head, headerStyle: fault.headerStyle ?? head.headerStyle },
        {
          ErrorType: fault.ErrorType,
          statusCode: fault.statusCode,
          message: fault.message ?? `The simulator was asked to answer ${fault.ErrorType}.`,
        },
        fault.body,
      );
      return;
    case 'expired-credentials':
      throw new ServiceError(
        'ExpiredTokenException',
        'The security token included in the request is expired',
      );
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'refuse-connection':
      plane.refuse(service.options.clock, fault.forMs ?? REFUSE_MS);
      response.socket?.resetAndDestroy();
      return;
    case 'moved-endpoint':
      throw movedEndpoint();
  }
}

export function movedEndpoint(): ServiceError {
  return new ServiceError(
    'InvalidEndpointException',
    'The endpoint is not valid for this stream: call GetDataEndpoint again.',
  );
}
