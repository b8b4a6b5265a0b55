/** What kvs-archive does at run time: requests to ranges, what is stored of them to messages. Loaded with the first node. */
export { accountOf } from '../shared/account';
export { handleInput } from '../shared/handle-input';
export { Words } from '../shared/words';
export { ArchiveNode } from './archive-node';
export { failedTest, testRights, testRightsOfValues } from './rights-check';
