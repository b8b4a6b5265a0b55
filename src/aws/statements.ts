/** What can be said about a failed call to AWS, as data: see `../statement.ts`. */
import { statementsOf } from '../statement';

export const AWS_STATEMENTS = {
  'call.failed': ['operation'],
  'call.failedForStream': ['operation', 'StreamName'],
  'call.noCredentials': [],
  'reason.answered': ['ErrorType', 'statusCode'],
  'reason.said': ['said'],
  /** Whatever has no statement of its own: the error's English message. */
  'call.raw': ['message'],
} as const;

export const awsStatement = statementsOf<typeof AWS_STATEMENTS>();
