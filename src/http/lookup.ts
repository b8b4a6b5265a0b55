/** Name look-ups that all connections of the process share. */
import { ADDRCONFIG, lookup as systemLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { systemClock, type Clock } from '../clock';

type Answer = [error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]];

/** Asks the system for all addresses of a host. */
export type AskForAddresses = (host: string, done: (...answer: Answer) => void) => void;

const LOCAL_NAME = /^(?:.+\.)?localhost\.?$/i;
const LOCAL_ADDRESSES: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/** Most names are answered within some milliseconds; one that takes so long is slow. */
const SLOW_MS = 2_000;
/** More slow names than these are not remembered. */
const MOST_SLOW = 1_000;

/**
 * Looks up host names for many connections, one name at a time. A look-up occupies one of the process's few threads
 * (libuv gives two to look-ups) until the system answers or gives up, 20 s and more where no name server answers, and
 * cannot be cancelled. So who asks for a name that is being looked up waits for that answer, and other names wait for
 * their turn; one thread stays free for everyone else's look-ups. Answers are not kept, for addresses change.
 *
 * A slow name holds up slow names alone: beside it another one is looked up that was not slow the last time. Two
 * threads are held only while the second name turns out to be slow too.
 *
 * `localhost` and the names below it are this machine (RFC 6761, section 6.3) and are asked of no name server.
 */
export class SharedLookup {
  readonly #ask: AskForAddresses;
  readonly #clock: Pick<Clock, 'after'>;
  /** Who waits, by host, in the order of asking. */
  readonly #waiting = new Map<string, ((...answer: Answer) => void)[]>();
  /** The names that are being looked up: one, or a slow one and another. */
  readonly #underWay = new Set<string>();
  /** Names that are slow, or were the last time. */
  readonly #slow = new Set<string>();

  constructor(ask: AskForAddresses = askSystem, clock: Pick<Clock, 'after'> = systemClock) {
    this.#ask = ask;
    this.#clock = clock;
  }

  /** For the option `lookup` of `net.connect`, of `tls.connect` and of agents. */
  readonly lookup: LookupFunction = (hostname, { family, all }, callback) => {
    const wanted = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : (family ?? 0);
    const take = (...[error, found]: Answer): void => {
      const addresses = found.filter((each) => wanted === 0 || each.family === wanted);
      const [first] = addresses;
      if (error !== null || first === undefined) {
        callback(error ?? unknownHost(hostname), '', 0);
      } else if (all === true) {
        callback(null, addresses);
      } else {
        callback(null, first.address, first.family);
      }
    };
    if (LOCAL_NAME.test(hostname)) {
      process.nextTick(take, null, LOCAL_ADDRESSES);
      return;
    }
    const host = hostname.toLowerCase();
    const waiting = this.#waiting.get(host);
    if (waiting === undefined) {
      this.#waiting.set(host, [take]);
      this.#next();
    } else {
      waiting.push(take);
    }
  };

  #next(): void {
    const host = [...this.#waiting.keys()].find((name) => this.#mayBegin(name));
    if (host !== undefined) {
      this.#begin(host);
    }
  }

  #mayBegin(host: string): boolean {
    const [other, another] = this.#underWay;
    const isBesideSlow = other !== undefined && this.#slow.has(other) && !this.#slow.has(host);
    return host !== other && another === undefined && (other === undefined || isBesideSlow);
  }

  #begin(host: string): void {
    this.#underWay.add(host);
    let isSlow = false;
    const cancel = this.#clock.after(SLOW_MS, () => {
      isSlow = true;
      this.#remember(host);
      this.#next();
    });
    this.#ask(host, (...answer) => {
      cancel();
      if (!isSlow) {
        this.#slow.delete(host);
      }
      const waiting = this.#waiting.get(host) ?? [];
      this.#waiting.delete(host);
      this.#underWay.delete(host);
      this.#next();
      for (const take of waiting) {
        take(...answer);
      }
    });
  }

  #remember(host: string): void {
    this.#slow.add(host);
    const [oldest] = this.#slow;
    if (this.#slow.size > MOST_SLOW && oldest !== undefined) {
      this.#slow.delete(oldest);
    }
  }
}

/** The look-ups of all connections that this package makes in the process. */
export const sharedLookup: LookupFunction = new SharedLookup().lookup;

/** As `net.connect` asks: for addresses of a kind that this machine has itself, where the system can tell. */
const HINTS = process.platform === 'win32' ? 0 : ADDRCONFIG;

function askSystem(...[host, done]: Parameters<AskForAddresses>): void {
  systemLookup(host, { all: true, hints: HINTS }, (error, addresses) => {
    // On error there are no addresses, whatever the types say.
    done(error, error === null ? addresses : []);
  });
}

function unknownHost(hostname: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(`getaddrinfo ENOTFOUND ${hostname}`);
  return Object.assign(error, { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname });
}
