/** How GetMedia's responses can be read. */
export const TRANSPORTS = ['library', 'lean'] as const;
export type TransportName = (typeof TRANSPORTS)[number];

/** The same suite, whichever way media come. */
export function describeTransports(title: string, suite: (mediaTransport: TransportName) => void): void {
  for (const mediaTransport of TRANSPORTS) {
    describe(`${title}, media through the ${mediaTransport} transport`, () => {
      suite(mediaTransport);
    });
  }
}
