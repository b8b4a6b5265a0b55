/** What the log of a kvs-get-media says of its connection where all is well; each note once. */
import { describeOrigin, type CredentialOrigin } from '../../src/kinesis-video';
import { memoryStoreNote } from './node-errors';

export class ConnectionNotes {
  #origin = '';
  #isStoreNoted = false;

  constructor(private readonly log: (text: string) => void) {}

  /** A machine may have several credentials, and a chain decides: said once, and again where others are found. */
  connected(StreamName: string, origin: CredentialOrigin | undefined): void {
    const said = origin === undefined ? '' : describeOrigin(origin);
    if (said !== this.#origin) {
      this.#origin = said;
      this.log(`Connected to stream "${StreamName}" with ${said}.`);
    }
  }

  /** The position will be lost at a restart: said before anything is lost. */
  memoryStore(StreamName: string, store: string | undefined): void {
    if (!this.#isStoreNoted) {
      this.#isStoreNoted = true;
      this.log(memoryStoreNote(StreamName, store));
    }
  }
}
