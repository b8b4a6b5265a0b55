/** Names of the calls to AWS, and of the APIs that data endpoints are for. */

/** The calls that can fail, as `operation` in an error names them. */
export type ServiceOperation = 'GetDataEndpoint' | 'GetMedia' | 'ListStreams' | 'Credentials';

/** The APIs that GetDataEndpoint gives an endpoint for, each at a host of its own. */
export const API_NAMES = [
  'PUT_MEDIA',
  'GET_MEDIA',
  'LIST_FRAGMENTS',
  'GET_MEDIA_FOR_FRAGMENT_LIST',
  'GET_HLS_STREAMING_SESSION_URL',
  'GET_DASH_STREAMING_SESSION_URL',
  'GET_CLIP',
  'GET_IMAGES',
] as const;

/** https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_GetDataEndpoint.html, APIName */
export type APIName = (typeof API_NAMES)[number];
