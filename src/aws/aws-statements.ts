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
  'reason.tooLarge': [],

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

  // Why a source gave no credentials.
  'credentials.notAsked': [],
  'credentials.unusable': [],
  'credentials.malformed': ['member'],
  'credentials.timeout': [],
  'credentials.serviceFailed': ['status'],
  'credentials.halfEnvironment': ['set', 'absent'],
  'credentials.processAbsent': ['profile'],
  'credentials.processFailed': ['profile'],
  'credentials.processAnswer': ['profile'],
  'credentials.loginExpired': ['profile'],
  'credentials.ssoExpired': ['profile'],
  'credentials.mfa': ['profile'],
  'credentials.cycle': ['profile'],
  'credentials.serviceRefused': ['profile', 'status'],
  'credentials.profileEmpty': ['profile'],
  'credentials.profileAbsent': ['profile', 'config', 'credentials'],
  'credentials.tokenFile': ['variable'],
  'credentials.containerAddress': [],
  'credentials.container': [],
  'credentials.containerRefused': ['status'],
  'credentials.hopLimit': [],
  'credentials.setHopLimit': [],
  'credentials.instanceRole': [],
  'credentials.instanceRefused': ['status'],
  'credentials.instance': [],
  'credentials.emptyKeys': [],
  'credentials.iotAnswer': ['endpoint'],
  'credentials.nowhere': [],

  // Why an address that the service answered is not used.
  'endpoint.missing': [],
  'endpoint.malformed': [],
  'endpoint.foreign': ['host', 'region', 'asked'],
  'endpoint.foreignUnnamed': ['region', 'asked'],

  /** Any error without its own statement: its English message. */
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
