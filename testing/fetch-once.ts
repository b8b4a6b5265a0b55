/**
 * `fetch` over a connection that ends with the answer. A server closes a connection that is kept for reuse after a few
 * seconds; a request that a busy machine sends at that very moment fails with "other side closed", through no fault of
 * what is tested.
 */
export function fetchOnce(url: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('Connection', 'close');
  return fetch(url, { ...init, headers });
}
