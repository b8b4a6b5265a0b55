/** What can be said about a failed call to AWS, as data: see `../statement.ts`. */
import { statementsOf } from '../statement';

export const AWS_STATEMENTS = {
  'call.failed': ['operation'],
  'call.failedForStream': ['operation', 'StreamName'],
  'call.noCredentials': [],
  'reason.answered': ['ErrorType', 'statusCode'],
  'reason.said': ['said'],
  'reason.local': ['said'],
  'reason.notService': ['statusCode'],

  // What failed on the way to the service.
  'network.refused': [],
  'network.broken': [],
  'network.hostUnknown': [],
  'network.lookupFailed': [],
  'network.timeout': [],
  'network.hostUnreachable': [],
  'network.networkUnreachable': [],
  'network.processDescriptors': [],
  'network.machineDescriptors': [],
  'network.certificateExpired': [],
  'network.certificateNotYetValid': [],
  'network.certificateHost': [],
  'network.certificateUntrusted': [],
  'network.proxyAddress': [],
  'network.tls': [],
  'network.failed': [],
  'network.hostAndCode': ['host', 'networkCode'],
  'network.code': ['networkCode'],
  'network.region': ['region'],
  'network.proxy': ['proxyHost'],
  'network.unnamedProxy': [],
  'network.proxyAnswered': ['proxyStatus'],
  'network.proxyPassword': [],

  /** Whatever has no statement of its own: the error's English message. */
  'call.raw': ['message'],
} as const;

/** The reasons that need no value. */
export type NetworkKey = {
  [Key in keyof typeof AWS_STATEMENTS]: (typeof AWS_STATEMENTS)[Key] extends readonly []
    ? Key extends `network.${infer Name}`
      ? Name
      : never
    : never;
}[keyof typeof AWS_STATEMENTS];

export const awsStatement = statementsOf<typeof AWS_STATEMENTS>();
