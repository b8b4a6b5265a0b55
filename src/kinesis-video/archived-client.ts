/** The SDK's clients for archived media, one for each data endpoint, loaded and made when they are first needed. */
import type * as Client from '@aws-sdk/client-kinesis-video-archived-media';
import type { AwsAccount } from '../aws';
import { lazily } from '../lazily';

export const archivedPackage = lazily(
  () => require('@aws-sdk/client-kinesis-video-archived-media') as typeof Client,
);

/** A client is small and holds no socket, but a flow may ask for any number of streams. */
const MOST_CLIENTS = 64;
/** Bytes of the longest answer with images: the service's limit is 100 MB, in base64 here. */
const LONGEST_IMAGES = 140 * 1024 * 1024;

export class ArchivedClients {
  readonly #account: AwsAccount;
  readonly #clients = new Map<string, Client.KinesisVideoArchivedMediaClient>();

  constructor(account: AwsAccount) {
    this.#account = account;
  }

  /** The client for the endpoint. @param forImages whether its answers may be as long as images are */
  at(endpoint: string, forImages = false): Client.KinesisVideoArchivedMediaClient {
    const key = `${forImages ? 'images ' : ''}${endpoint}`;
    let client = this.#clients.get(key);
    if (client === undefined) {
      const [oldest] = this.#clients.keys();
      if (this.#clients.size >= MOST_CLIENTS && oldest !== undefined) {
        this.#clients.delete(oldest);
      }
      const { KinesisVideoArchivedMediaClient } = archivedPackage();
      client = new KinesisVideoArchivedMediaClient(
        this.#account.sdkClientConfig(endpoint, forImages ? { longestAnswer: LONGEST_IMAGES } : {}),
      );
      this.#clients.set(key, client);
    }
    return client;
  }

  close(): void {
    this.#clients.clear();
  }
}
