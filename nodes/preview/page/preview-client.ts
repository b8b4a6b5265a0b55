/** Requests the records of a preview from the run time. */
import { PAGE_KEY_HEADER, PAGE_KEY_PATH } from '../../shared/page-key';
import { RecordReader, type Received } from '../records';

/** Node-RED would not let the page see. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const PAGE = '/kvs-get-media/preview';

/**
 * The editor's own access token. It keeps one for each address at which it is served, as `settings.js` of Node-RED's
 * editor does since 4.0.
 */
export function accessToken(pathname: string, storage: Pick<Storage, 'getItem'>): string | undefined {
  const editor = pathname.slice(0, Math.max(0, pathname.lastIndexOf(PAGE)));
  try {
    const kept: unknown = JSON.parse(storage.getItem(`auth-tokens${editor.replace(/\//g, '-')}`) ?? 'null');
    return typeof kept === 'object' &&
      kept !== null &&
      'access_token' in kept &&
      typeof kept.access_token === 'string'
      ? kept.access_token
      : undefined;
  } catch {
    // Storage is not allowed, or holds something else: without users of its own Node-RED needs no token.
    return undefined;
  }
}

/**
 * Asks for the media of a node and hands over what comes until it ends.
 *
 * @throws {Refused} where Node-RED answers that it will not; the network's error where the answer breaks off
 */
export async function receive(
  node: string,
  sound: boolean,
  token: string | undefined,
  signal: AbortSignal,
  take: (received: Received) => void,
): Promise<void> {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const { key } = (await (await ask(`../${PAGE_KEY_PATH}`, { headers, signal })).json()) as { key: string };
  const response = await ask(`${encodeURIComponent(node)}/preview`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json', [PAGE_KEY_HEADER]: key },
    body: JSON.stringify({ sound }),
    signal,
  });
  if (response.body === null) {
    return;
  }
  const body = response.body.getReader();
  const records = new RecordReader();
  for (let piece = await body.read(); !piece.done; piece = await body.read()) {
    records.read(piece.value).forEach(take);
  }
}

async function ask(address: string, request: RequestInit): Promise<Response> {
  const response = await fetch(address, { ...request, cache: 'no-store' });
  if (!response.ok) {
    throw new Refused(response.status, await reason(response));
  }
  return response;
}

async function reason(response: Response): Promise<string> {
  try {
    const { message, advice } = (await response.json()) as { message?: string; advice?: string };
    return [message, advice].filter((part) => part !== undefined && part !== '').join(' ');
  } catch {
    // Node-RED's own refusals have no words.
    return '';
  }
}
