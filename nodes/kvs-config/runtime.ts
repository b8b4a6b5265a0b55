/** What kvs-config does at run time: loaded with the first node, or with the first request of a dialog. */
export { Account } from '../shared/account';
export { failed, matchesOf, matchesOfValues, streamsOf, streamsOfValues, tested } from './admin-answers';
