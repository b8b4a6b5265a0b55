import { RecordReader, type Received } from '../../preview/records';

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
  const response = await fetch(`${encodeURIComponent(node)}/preview${sound ? '?sound=1' : ''}`, {
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    cache: 'no-store',
    signal,
  });
  if (!response.ok || response.body === null) {
    throw new Refused(response.status, await reason(response));
  }
  const body = response.body.getReader();
  const records = new RecordReader();
  for (let piece = await body.read(); !piece.done; piece = await body.read()) {
    records.read(piece.value).forEach(take);
  }
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
