/**
 * Everything between Node-RED and the engine: settings to session, chunk to message, error to port and log, status,
 * input actions, checkpoint in context, answers to the dialogs. It must not parse media nor speak to AWS, which is
 * `src/`'s. The node entries load it by `load.ts`, not before a node is made.
 */
export { failed, streamsOf, tested } from './admin-answers';
export { Checkpoints } from './checkpoints';
export { Account, accountOf } from './config-node';
export { MediaNode } from './media-node';
export { contextStoreOf, portOf } from './node-red-port';
