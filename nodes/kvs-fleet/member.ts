/** The name of this process among those that share a fleet. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/** Machine and process are for people; the rest tells apart containers that are alike. New with each start of the process. */
export const MEMBER = `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;
