/** TLS sessions, so that the next connection to a host needs neither its certificate nor a look at it. */
import type { TLSSocket } from 'node:tls';

/** As many as `https.Agent` keeps. */
const MOST = 100;

/** Of one transport: all its connections trust the same authorities. */
export class TlsSessions {
  readonly #byHost = new Map<string, Buffer>();

  /**
   * Connects with the last session of the host, which the server may decline, and keeps what it sends for the next time.
   *
   * @param host with its port
   */
  connect(host: string, connect: (session: Buffer | undefined) => TLSSocket): TLSSocket {
    const socket = connect(this.#byHost.get(host));
    // Node.js reports it once the certificate has been verified.
    socket.on('session', (session) => {
      this.#byHost.delete(host);
      this.#byHost.set(host, session);
      const [oldest] = this.#byHost.keys();
      if (this.#byHost.size > MOST && oldest !== undefined) {
        this.#byHost.delete(oldest);
      }
    });
    socket.on('error', () => this.#byHost.delete(host));
    return socket;
  }
}
