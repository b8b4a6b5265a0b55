/** The messages that kvs-archive takes. */
import type { NodeMessage } from 'node-red';

/** A message at the input of kvs-archive. */
export type ArchiveMessage = NodeMessage & { kvs?: unknown; action?: unknown; request?: unknown };
