/**
 * The calls to AWS: their names, and the API that the data endpoint of each is for. A new call is added here first;
 * `../kinesis-video/index.ts` has all steps.
 */

/** The APIs that GetDataEndpoint gives an endpoint for, each at its own host. */
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

/** The calls that go to a stream's data endpoint, each with the API that the endpoint is for. */
export const DATA_OPERATIONS = {
  GetMedia: 'GET_MEDIA',
  ListFragments: 'LIST_FRAGMENTS',
  GetMediaForFragmentList: 'GET_MEDIA_FOR_FRAGMENT_LIST',
  GetImages: 'GET_IMAGES',
  GetHLSStreamingSessionURL: 'GET_HLS_STREAMING_SESSION_URL',
  GetDASHStreamingSessionURL: 'GET_DASH_STREAMING_SESSION_URL',
} as const satisfies Record<string, APIName>;

/** A call that goes to a data endpoint. */
export type DataOperation = keyof typeof DATA_OPERATIONS;

/** The calls that go to the region's control plane. */
export const CONTROL_OPERATIONS = ['GetDataEndpoint', 'ListStreams', 'ListTagsForStream'] as const;

/** The calls that go to Amazon DynamoDB. */
export const TABLE_OPERATIONS = [
  'Query',
  'GetItem',
  'UpdateItem',
  'DeleteItem',
  'CreateTable',
  'DescribeTable',
  'UpdateTimeToLive',
] as const;

export type TableOperation = (typeof TABLE_OPERATIONS)[number];

/** The calls that can fail, as `operation` in an error names them. */
export type ServiceOperation =
  | DataOperation
  | (typeof CONTROL_OPERATIONS)[number]
  | TableOperation
  /** A call to the Resource Groups Tagging API. */
  | 'GetResources'
  | 'Credentials';

/**
 * The IAM actions that a call needs, derived from its name. GetDataEndpoint is only called to read, so it needs both
 * actions of reading.
 *
 * @param operation reading by GetMedia where it is not a call of the service
 */
export function actionsOf(operation: string): readonly string[] {
  if (operation === 'GetResources') {
    return ['tag:GetResources'];
  }
  if (TABLE_OPERATIONS.some((name) => name === operation)) {
    return [`dynamodb:${operation}`];
  }
  if (operation !== 'GetDataEndpoint' && CONTROL_OPERATIONS.some((name) => name === operation)) {
    return [`kinesisvideo:${operation}`];
  }
  return [
    'kinesisvideo:GetDataEndpoint',
    `kinesisvideo:${isDataOperation(operation) ? operation : 'GetMedia'}`,
  ];
}

export function isDataOperation(operation: string): operation is DataOperation {
  return Object.hasOwn(DATA_OPERATIONS, operation);
}
