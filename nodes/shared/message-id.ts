/** Ids for messages that are sent by the thousand. */
import { randomBytes } from 'node:crypto';

const DIGITS = 3;
/** The last digits of an id: to write a number in digits takes longer than to put the id together. */
const ENDINGS = Array.from({ length: 16 ** DIGITS }, (_, i) => i.toString(16).padStart(DIGITS, '0'));

const prefix = randomBytes(4).toString('hex');
let block = 0x1_0000;
let beginning = '';
let next = ENDINGS.length;

/** Node-RED gives one to a message that has none, but its way of making it costs half as much as all the rest of a send. */
export function nextMessageId(): string {
  if (next === ENDINGS.length) {
    next = 0;
    beginning = `${prefix}${(block++).toString(16)}`;
  }
  return beginning + (ENDINGS[next++] ?? '');
}
