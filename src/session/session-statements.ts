/**
 * The statements that a session makes about its failures, as data: see `../statement.ts`. A key begins with its kind.
 * Their sentences are in `nodes/shared/locales/`; `error-report.ts` shows how those of an error are put together.
 * Statements about settings, input and checkpoints are made outside `src/`.
 */
import { statementsOf } from '../statement';

export const SESSION_STATEMENTS = {
  // What happened.
  'problem.unexpected': ['StreamName', 'reason'],
  'problem.inBand': ['StreamName', 'ErrorId'],
  'problem.inBandWithoutId': ['StreamName'],
  'problem.stalled': ['StreamName', 'silentMs'],
  'problem.truncated': ['StreamName', 'FragmentNumber', 'attempts'],
  'problem.malformed': ['StreamName', 'detail'],
  'problem.numberless': ['StreamName'],
  'problem.tooLarge': ['StreamName', 'sizeInBytes', 'maxChunkBytes'],
  'problem.tagsLeftOut': ['StreamName', 'names'],
  'problem.gap': ['StreamName', 'AfterFragmentNumber', 'FragmentNumber'],
  'problem.gapBefore': ['StreamName', 'FragmentNumber'],
  'problem.possibleGap': ['StreamName', 'AfterFragmentNumber', 'FragmentNumber'],
  'problem.possibleGapBefore': ['StreamName', 'FragmentNumber'],
  'problem.gapTime': ['durationMs', 'from', 'to'],
  'problem.ackTimeout': ['StreamName', 'FragmentNumber', 'waitedMs'],
  'problem.silent': ['StreamName', 'silentMs'],
  'problem.resumed': ['StreamName', 'silentMs'],

  // What an error within the media means, and the service's own words about it.
  'meaning.fragmentNotFound': [],
  'meaning.streamWriteError': [],
  'meaning.internalError': [],
  'meaning.kmsAccessDenied': [],
  'meaning.kmsDisabled': [],
  'meaning.kmsValidation': [],
  'meaning.kmsUnavailable': [],
  'meaning.kmsInvalidUsage': [],
  'meaning.kmsInvalidState': [],
  'meaning.kmsNotFound': [],
  'meaning.noReason': [],
  'meaning.said': ['said'],

  // What happens next.
  'next.retryNow': [],
  'next.retry': ['retryInMs'],
  'next.stop': [],
  'next.skip': [],

  // What a person can do.
  'advice.callLimit': [],
  'advice.connectionLimit': [],
  'advice.network': [],
  'advice.stalled': [],
  'advice.malformed': [],
  'advice.truncated': [],
  'advice.chunkTooLarge': [],
  'advice.tagTooLarge': [],
  'advice.retention': [],
  'advice.producer': [],
  'advice.acknowledge': [],
  'advice.renewToken': [],
  'advice.clock': [],
  'advice.rights': ['actions'],
  'advice.roleRights': [],
  'advice.listRights': [],
  'advice.tagRights': [],
  'advice.subscribe': [],
  'advice.streamName': [],
  'advice.keys': [],
  'advice.credentials': [],
  'advice.proxyStripsHeaders': [],
  'advice.proxyChangesHeaders': [],
  'advice.endpoint': [],
  'advice.settings': [],
  'advice.kms': [],
  'advice.credentialsUnavailable': [],
  'advice.malformedCredentials': [],
  'advice.endpointError': [],
  'advice.tlsClock': [],
  'advice.tlsHost': [],
  'advice.tlsTrust': [],
  'advice.tlsBroken': [],
  'advice.caBundle': [],
  'advice.local': [],
  'advice.timeRange': [],
  'advice.noRetention': [],
  'advice.playableCodecs': [],
  'advice.codecPrivateData': [],
  'advice.frameCodec': [],
  'advice.rangeInRetention': [],
  'advice.archiveLimits': [],
  'advice.archiveConnections': [],
} as const;

type NameOf<Key, Kind extends string> = Key extends `${Kind}.${infer Name}` ? Name : never;

/** The advice that the error table may name. */
export type AdviceKey = NameOf<keyof typeof SESSION_STATEMENTS, 'advice'>;
/** What an in-band error id may mean. */
export type MeaningKey = Exclude<NameOf<keyof typeof SESSION_STATEMENTS, 'meaning'>, 'said' | 'noReason'>;

export const sessionStatement = statementsOf<typeof SESSION_STATEMENTS>();
