/** Gets the page key of a running Node-RED, which its admin routes ask for. */
import { PAGE_KEY_HEADER, PAGE_KEY_PATH } from '../nodes/shared/page-key';

/** The header that shows a running Node-RED that a request comes from a page of its own. */
export async function pageKeyHeader(url: string): Promise<Readonly<Record<string, string>>> {
  const { key } = (await (await fetch(`${url}/${PAGE_KEY_PATH}`)).json()) as { readonly key: string };
  return { [PAGE_KEY_HEADER]: key };
}
