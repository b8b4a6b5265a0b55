/** Makes the names of members of a fleet. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/** Machine and process are for people; the rest tells apart containers that are alike, and the members of one process. */
export function newMemberId(): string {
  return `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;
}

/** The name of this process in fleets that are not shared. New with each start of the process. */
export const MEMBER = newMemberId();
