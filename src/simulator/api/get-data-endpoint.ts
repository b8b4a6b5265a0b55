/** GetDataEndpoint: which plane serves an API. https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_GetDataEndpoint.html */
import type { Call } from './call';
import type { DataPlaneName, DataPlanes } from './data-plane';
import type { Service } from './service';
import { invalidArgument } from './service-error';

/** The plane for each APIName. */
const PLANE_OF: ReadonlyMap<unknown, DataPlaneName> = new Map([
  ['PUT_MEDIA', 'media'],
  ['GET_MEDIA', 'media'],
  ['LIST_FRAGMENTS', 'archived'],
  ['GET_MEDIA_FOR_FRAGMENT_LIST', 'archived'],
  ['GET_HLS_STREAMING_SESSION_URL', 'archived'],
  ['GET_DASH_STREAMING_SESSION_URL', 'archived'],
  ['GET_CLIP', 'archived'],
  ['GET_IMAGES', 'archived'],
]);

/** @throws {ServiceError} InvalidArgument, ResourceNotFound, ClientLimitExceeded */
export function getDataEndpoint(service: Service, call: Call, dataPlanes: DataPlanes): unknown {
  const stream = service.streamOf(call);
  const plane = PLANE_OF.get(call.body['APIName']);
  if (plane === undefined) {
    throw invalidArgument('APIName is missing or not known.');
  }
  service.countCall('GetDataEndpoint', stream.name);
  return { DataEndpoint: dataPlanes[plane].urlFor(stream.name, call.request) };
}
