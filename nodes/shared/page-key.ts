/**
 * The key that a page of Node-RED's own asks for and sends back with every request. Both sides know these names; see
 * `same-origin.ts` for what the key proves.
 */
export const PAGE_KEY_HEADER = 'KVS-Flow-Key';
/** Relative to the address of the editor. */
export const PAGE_KEY_PATH = 'kvs-config/page-key';
