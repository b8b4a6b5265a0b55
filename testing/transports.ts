/** Runs a suite once for each media transport. */
import { MEDIA_TRANSPORTS, type MediaTransport } from '../src/kinesis-video';

/** The same suite, whichever way media come. */
export function describeTransports(title: string, suite: (mediaTransport: MediaTransport) => void): void {
  for (const mediaTransport of MEDIA_TRANSPORTS) {
    describe(`${title}, media through the ${mediaTransport} transport`, () => {
      suite(mediaTransport);
    });
  }
}
