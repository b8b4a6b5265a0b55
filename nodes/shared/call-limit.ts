/** The limits of calls about one stream, which the service counts whichever node makes them. */
import { ArchiveBudgets } from '../../src/archive';
import type { ConfigSettings, StreamRef } from '../../src/options';
import { CallLimiter } from '../../src/session';
import { ConnectPace } from '../../src/streams';

/** Of GetMedia, one for the process. */
export const getMediaLimiter = new CallLimiter();
/** Spreads the connects of all nodes that read many streams, in the whole process. */
export const connectPace = new ConnectPace();
/** Limits of the calls about stored media, shared by the whole process. */
export const archiveBudgets = new ArchiveBudgets();

/** How the limits name the stream. */
export function streamKey({ endpoint, region }: ConfigSettings, { StreamName }: StreamRef): string {
  return `${endpoint ?? region} ${StreamName}`;
}
