/** What kvs-get-media does at run time: settings to session, chunks to messages. Loaded with the first node. */
export { accountOf } from '../shared/account';
export { Checkpoints } from './checkpoints';
export { MediaNode } from './media-node';
export { contextStoreOf, portOf } from './node-red-port';
