/** What can be said about a failed call to AWS, as data: see `../statement.ts`. */
import { statementsOf } from '../statement';

export const AWS_STATEMENTS = {
  /** An error that has no statement of its own yet: its English message. */
  'call.raw': ['message'],
} as const;

export const awsStatement = statementsOf<typeof AWS_STATEMENTS>();
