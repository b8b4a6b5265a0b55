/** What kvs-fleet does at run time: loaded with the first node. */
export { accountOf } from '../shared/account';
export { Checkpoints } from '../shared/checkpoints/checkpoints';
export { nodeContextOf } from '../shared/checkpoints/context-store';
export { handleInput } from '../shared/handle-input';
export { Words } from '../shared/words';
export { FleetNode } from './fleet-node';
export { fleetPortOf } from './fleet-port';
export { MEMBER } from './member-id';
export { aboutTable, failedInquiry } from './table-inquiry';
