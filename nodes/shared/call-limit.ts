/** How often this process calls GetMedia: the service counts calls per stream, whichever node makes them. */
import type { ConfigSettings, StreamRef } from '../../src/options';
import { CallLimiter } from '../../src/session';

/** One for the process. */
export const getMediaLimiter = new CallLimiter();

/** How the limiter names the stream. */
export function streamKey({ endpoint, region }: ConfigSettings, { StreamName }: StreamRef): string {
  return `${endpoint ?? region} ${StreamName}`;
}
