/** Takes a call from its faults through its signature to its operation, and turns what is thrown into the response. */
import type { ServerResponse } from 'node:http';
import { membersOf, queryOf, streamNameIn, type Call } from './call';
import { answerHeadFault } from './head-fault';
import type { HttpPlane, PlaneRequest } from './http-plane';
import type { ServedOperation } from './operation';
import { sendError } from './responses';
import type { Service } from './service';
import { ServiceError } from './service-error';
import { verifySignature } from './sigv4';

export interface CallContext {
  readonly service: Service;
  readonly plane: HttpPlane;
  readonly served: ServedOperation;
}

/** @param move gives a stream another port, for a `moved-endpoint` fault */
export async function runCall(
  { service, plane, served }: CallContext,
  request: PlaneRequest,
  response: ServerResponse,
  move?: (stream: string) => Promise<void>,
): Promise<void> {
  const { operation } = served;
  const body = served.bySession === true ? queryOf(request) : membersOf(request);
  const call: Call = {
    ...{ operation, request, response, plane },
    body: body ?? {},
    head: { ...service.head(request, served.headerStyle), isJson11: served.service !== undefined },
  };
  const named = streamNameIn(call.body);
  if (named !== undefined) {
    call.stream = named;
  }
  try {
    await service.delay(service.faults.takeDelay(operation, named));
    if (service.stopped || response.destroyed) {
      // Nobody waits for an answer any more; a connection counted now would never be given back.
      response.destroy();
      return;
    }
    const fault = service.faults.takeHead(operation, named);
    if (fault !== undefined) {
      if (fault.kind === 'moved-endpoint' && named !== undefined) {
        await move?.(named);
      }
      answerHeadFault(service, fault, call);
      const name = fault.kind === 'http-error' ? fault.ErrorType : fault.kind;
      service.record(call, response.headersSent ? response.statusCode : 0, name);
      return;
    }
    if (served.bySession !== true) {
      verifySignature(
        { ...request, streamed: request.media !== undefined },
        {
          credentials: service.credentials,
          expired: service.expiredCredentials,
          service: served.service ?? 'kinesisvideo',
          region: service.options.region,
          now: service.now,
          maxSkewMs: service.options.maxSkewMs,
        },
      );
    }
    if (body === undefined) {
      throw new ServiceError('SerializationException', 'The request body is not a JSON object.');
    }
    await served.answer(service, call);
    service.record(call, response.statusCode);
  } catch (error) {
    if (!(error instanceof ServiceError)) {
      throw error;
    }
    sendError(response, call.head, error);
    service.record(call, error.statusCode, error.ErrorType);
  }
}
