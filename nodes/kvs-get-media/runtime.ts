/** What kvs-get-media does at run time: settings to session, chunks to messages. Loaded with the first node. */
export { accountOf } from '../shared/account';
export { portOf } from '../shared/node-port';
export { handleInput } from '../shared/handle-input';
export { Words } from '../shared/words';
export { Checkpoints } from '../shared/checkpoints/checkpoints';
export { GetMediaNode } from './get-media-node';
export { nodeContextOf } from '../shared/checkpoints/context-store';
