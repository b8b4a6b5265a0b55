/**
 * Finds the streams that a selection means, by name, tags or list, again and again. Knows no reader: `Roster` compares
 * what is found with what is known.
 */
export { Discovery, type DiscoveryEvents } from './discovery';
export { findStreams } from './find-streams';
export type { DiscoveryService } from './discovery-service';
export { Roster } from './roster';
export { TagCache } from './tag-cache';
