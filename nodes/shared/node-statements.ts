/**
 * The statements that the nodes make: refused input, settings, checkpoints and lines of the log. Those about calls and
 * media come from `src/session/session-statements.ts` and `src/aws/aws-statements.ts`. The sentences for all of them are in
 * `locales/`.
 */
import { statementsOf } from '../../src/statement';

export const NODE_STATEMENTS = {
  // An input message that was refused, and why.
  'input.refused': [],
  'input.action': ['actions'],
  'input.stream': [],
  'input.streamRegion': [],
  'input.startSelector': [],
  'input.startSelectorMissing': ['member'],
  'input.startSelectorUnknown': ['member'],
  'input.startSelectorMalformed': ['member'],
  'input.until': [],
  'input.untilMembers': ['members'],
  'input.untilEmpty': ['members'],
  'input.untilTime': ['member'],
  'input.untilDigits': ['member'],
  'input.untilCount': ['member'],
  'input.untilDuration': ['member'],
  'input.ackWithoutKvs': [],
  'input.ackFragmentNumber': [],
  'input.ackFrameIndex': [],
  'input.ackOtherStream': ['StreamName', 'running'],
  'input.ackUnknown': [],
  'input.unexpected': ['reason'],
  'input.unreadable': [],

  // A fleet: what is wrong with an action, and what keeps streams from being read.
  'fleet.ackWithoutStream': [],
  'fleet.streamNeeded': [],
  'fleet.namedTwice': ['names'],
  'fleet.nothingFound.prefix': [],
  'fleet.nothingFound.tags': [],
  'fleet.searchedAgain': ['retryInMs'],
  'fleet.full': ['most'],
  'fleet.noPlace': ['streams'],
  'fleet.leaseLost': ['StreamName'],
  'fleet.itemMalformed': ['table', 'StreamName'],
  'fleet.tableMissing': ['table'],
  'fleet.tableRights': ['table', 'actions'],
  'fleet.tableKeys': ['table'],
  'fleet.tableThrottled': ['table'],

  // Settings: what cannot be used, and why a node cannot start.
  'settings.invalid': ['problems'],
  'settings.correct': [],
  'settings.noAccount': [],
  'settings.missingKeys': ['names'],

  // Checkpoints.
  'checkpoint.writeFailed': ['reason'],
  'checkpoint.writeUnanswered': ['waitedMs'],
  'checkpoint.readFailed': ['reason'],
  'checkpoint.readUnanswered': ['waitedMs'],
  'checkpoint.ignored': ['StreamName'],
  'checkpoint.notAnObject': [],
  'checkpoint.unknownVersion': [],
  'checkpoint.otherStream': [],
  'checkpoint.fragmentNumber': [],

  // The log.
  'log.connected': ['StreamName', 'source'],
  'log.memoryStore': ['StreamName'],
  'log.namedMemoryStore': ['StreamName', 'store'],
  'log.recovered': ['StreamName', 'causes'],
  'log.tableRecovered': ['causes'],
  'log.converting': ['causes'],
  'log.repeated': ['ErrorType', 'times', 'last'],
  'log.otherErrors': ['times', 'last'],
} as const;

export const nodeStatement = statementsOf<typeof NODE_STATEMENTS>();
