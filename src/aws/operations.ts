/** The service calls that can fail, as `operation` in an error message names them. */
export type ServiceOperation =
  'GetDataEndpoint' | 'GetMedia' | 'ListStreams' | 'DescribeStream' | 'Credentials';
