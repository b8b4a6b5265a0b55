/** What the log of a node that reads streams says of its connection where all is well; each note once. */
import type { CredentialOrigin } from '../../src/kinesis-video';
import type { NodePort } from './node-port';
import { originText } from './origin-text';
import { nodeStatement } from './node-statements';

export class ConnectionNotes {
  #origin: string | undefined;
  #isStoreNoted = false;

  constructor(private readonly port: Pick<NodePort, 'log' | 'words'>) {}

  /** A machine may have several credentials, and a chain decides: said once, and again where others are found. */
  connected(StreamName: string, origin: CredentialOrigin | undefined): void {
    const { words } = this.port;
    const source = origin === undefined ? '' : originText(origin, words);
    if (source !== this.#origin) {
      this.#origin = source;
      this.port.log(words.sentences([nodeStatement('log.connected', { StreamName, source })]));
    }
  }

  /** The position will be lost at a restart: said before anything is lost. */
  memoryStore(StreamName: string, store: string | undefined): void {
    if (!this.#isStoreNoted) {
      this.#isStoreNoted = true;
      this.port.log(
        this.port.words.sentences([
          store === undefined
            ? nodeStatement('log.memoryStore', { StreamName })
            : nodeStatement('log.namedMemoryStore', { StreamName, store }),
        ]),
      );
    }
  }
}
