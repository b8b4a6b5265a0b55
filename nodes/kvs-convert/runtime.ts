/** What kvs-convert does at run time, with all that converts chunks: loaded with the first node. */
export { handleInput } from '../shared/handle-input';
export { Words } from '../shared/words';
export { ConvertNode } from './convert-node';
