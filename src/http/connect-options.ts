import type { LookupFunction } from 'node:net';
import { sharedLookup } from './lookup';

/** How connections are made, for the options of `net.connect`, of `tls.connect` and of agents. */
export interface Connecting {
  readonly lookup: LookupFunction;
  /** For each address of a host but the last, ms. */
  readonly autoSelectFamilyAttemptTimeout: number;
}

/**
 * So many addresses of a host share the time for a connection. Node.js tries IPv6 and IPv4 in turn, so each has two
 * tries; and the time for one must be long enough for slow lines and for a lost packet, which is sent again after 1 s.
 */
const ADDRESSES_TRIED = 4;

/** Of the time for a connection, ms, Node.js itself gives each address 250 ms, too little for a satellite link. */
export function connecting(connectTimeoutMs: number, lookup: LookupFunction = sharedLookup): Connecting {
  return {
    lookup,
    autoSelectFamilyAttemptTimeout: Math.max(10, Math.floor(connectTimeoutMs / ADDRESSES_TRIED)),
  };
}
