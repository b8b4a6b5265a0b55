/** What is measured of kvs-archive, and what comes of it. */

/**
 * `listing`: the list of what is stored. `reading`: its chunks, by list; with `media: 'get-media'` by kvs-get-media, at
 * the service's limit.
 */
export interface ArchiveTask {
  readonly what: 'listing' | 'reading';
  readonly minutes: number;
  /** Default: by list. */
  readonly media?: 'get-media';
}

export interface ArchiveResult {
  readonly fragments: number;
  readonly ms: number;
  /** Payloads of the messages. */
  readonly megabytes: number;
  /** Resident memory of the Node-RED before it read, and the most that it held beyond that. */
  readonly idleMB: number;
  readonly addedMB: number;
}
