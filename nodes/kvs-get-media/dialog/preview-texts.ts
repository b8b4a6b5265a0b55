/** The texts of the preview's page, which knows no catalogue: the dialog leaves them where the page finds them. */

/** By the name that the page uses. Braces hold what the page fills in. */
const KEYS = {
  title: 'kvs-get-media.preview.title',
  connecting: 'kvs-get-media.preview.connecting',
  starting: 'kvs-get-media.preview.starting',
  streaming: 'kvs-get-media.preview.streaming',
  waiting: 'kvs-get-media.preview.waiting',
  retrying: 'kvs-get-media.preview.retrying',
  stopped: 'kvs-get-media.preview.stopped',
  node: 'kvs-get-media.preview.node',
  own: 'kvs-get-media.preview.own',
  sound: 'kvs-get-media.preview.sound',
  noSound: 'kvs-get-media.preview.noSound',
  cannotPlay: 'kvs-get-media.preview.cannotPlay',
  cannotDecode: 'kvs-get-media.preview.cannotDecode',
  noMediaSource: 'kvs-get-media.preview.noMediaSource',
  notAllowed: 'kvs-get-media.preview.notAllowed',
  noAnswer: 'kvs-get-media.preview.noAnswer',
  fps: 'kvs-get-media.preview.fps',
  behind: 'kvs-get-media.preview.behind',
} as const;

export type TextName = keyof typeof KEYS;

/** Under which name, in the storage of the editor's origin. */
export const TEXTS_KEY = 'kvs-get-media-preview-texts';

export function keepTexts(node: EditorNode, storage: Pick<Storage, 'setItem'>): void {
  const texts = Object.entries(KEYS).map(([name, key]) => [name, node._(key)]);
  storage.setItem(TEXTS_KEY, JSON.stringify(Object.fromEntries(texts)));
}
