/** How connections are made: name look-ups and the time for each address. */
import type { LookupFunction } from 'node:net';
import { sharedLookup } from './lookup';

/** For the options of `net.connect`, of `tls.connect` and of agents. */
export interface ConnectOptions {
  readonly lookup: LookupFunction;
  /** For each address of a host but the last, ms. */
  readonly autoSelectFamilyAttemptTimeout: number;
}

/**
 * So many addresses of a host share the time for a connection. Node.js tries IPv6 and IPv4 in turn, so each has two
 * tries; and the time for one must be long enough for slow lines and for a lost packet, which is sent again after 1 s.
 */
const ADDRESSES_TRIED = 4;

/** Gives each address of a host the whole connect time limit (ms): the 250 ms of Node.js are too short for a satellite link. */
export function connectOptions(
  connectTimeoutMs: number,
  lookup: LookupFunction = sharedLookup,
): ConnectOptions {
  return {
    lookup,
    autoSelectFamilyAttemptTimeout: Math.max(10, Math.floor(connectTimeoutMs / ADDRESSES_TRIED)),
  };
}
