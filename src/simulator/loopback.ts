/** What is not signed answers programs on this machine alone. */
import type { PlaneRequest } from './http-plane';

/** Whether a request comes from a program on this machine; a web page in a browser there does not count. */
export function isLocalProgram({ remoteAddress, headers }: PlaneRequest): boolean {
  return /^(::1$|(::ffff:)?127\.)/.test(remoteAddress) && headers.origin === undefined;
}

/** Whether an address to listen on can be reached from this machine alone. */
export function isLoopbackHost(host: string): boolean {
  return /^(127\.|localhost$|::1$)/.test(host);
}
