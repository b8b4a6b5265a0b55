/** Searches the streams of the chosen account from the stream field, which `rows/stream.html` lays out. */
import { ask, refusalOf, refusalText } from './admin-client';
import { ComboBox, type Suggestion } from './combo-box';
import type { Dialog } from './dialog-fields';

interface Stream {
  readonly StreamName: string;
  readonly Status?: string;
  readonly DataRetentionInHours?: number;
  readonly MediaType?: string;
}

interface Found {
  readonly streams: readonly Stream[];
  readonly more: boolean;
}

const TYPING_MS = 250;

/**
 * Makes the field `stream` a search among the streams of the chosen config node. Only deployed ones can be asked; where
 * that fails the hint says why, and any text stays welcome.
 */
export function offerStreams(node: EditorNode, dialog: Dialog): void {
  const field = dialog.field('stream');
  const hint = $(`#${node.type}-stream-hint`);
  let timer: number | undefined;
  let question = 0;

  /** Shows the streams that begin so; an answer that comes after the next question counts no more. */
  const search = (prefix: string, afterMs: number): void => {
    window.clearTimeout(timer);
    question += 1;
    const asked = question;
    const isWanted = (): boolean => asked === question && field.closest('body').length > 0;
    if (!/^[\w.-]*$/.test(prefix)) {
      hint.text('');
      box.show([]);
      return;
    }
    const id = dialog.entered('config');
    if (typeof id !== 'string' || !RED.nodes.node(id)) {
      hint.text(node._('kvs-flow.search.noConfig'));
      box.show([]);
      return;
    }
    timer = window.setTimeout(() => {
      // What is searched with is what is deployed, which may be other than what the user sees.
      const edited = RED.nodes.node(id)?.['changed'] === true ? node._('kvs-flow.search.edited') : '';
      const say = (text: string): void => {
        hint.text([edited, text].filter((part) => part !== '').join(' '));
      };
      ask<Found>(`kvs-config/${encodeURIComponent(id)}/streams`, { prefix })
        .done(({ streams, more }) => {
          if (isWanted()) {
            say(more || streams.length === 0 ? node._(more ? MORE : NONE) : '');
            box.show(streams.map((stream) => suggestion(node, stream)));
          }
        })
        .fail((request) => {
          if (isWanted()) {
            say(
              refusalOf(request)?.ErrorType === 'NotDeployed'
                ? node._('kvs-flow.search.notDeployed')
                : refusalText(request, (key) => node._(KEYS[key])),
            );
            box.show([]);
          }
        });
    }, afterMs);
  };

  const box = new ComboBox(field, $(`#${node.type}-streams`), (why) => {
    if (why === undefined) {
      window.clearTimeout(timer);
      question += 1;
    } else {
      search(typedStream(), why === 'typed' ? TYPING_MS : 0);
    }
  });
  const typedStream = (): string => String(dialog.entered('stream') ?? '').trim();

  $(`#${node.type}-stream-search`).on('click', () => {
    field.trigger('focus');
    search('', 0);
  });
  dialog.onChange(['config'], () => {
    hint.text('');
    box.close();
  });
}

const MORE = 'kvs-flow.search.more';
const NONE = 'kvs-flow.search.none';
const KEYS = { notAllowed: 'kvs-flow.search.notAllowed', noAnswer: 'kvs-flow.search.noAnswer' };

function suggestion(
  node: EditorNode,
  { StreamName, Status, DataRetentionInHours: hours, MediaType }: Stream,
): Suggestion {
  const kept = hours === undefined ? undefined : node._('kvs-flow.search.retention', { hours });
  const details = [Status, kept, MediaType].filter((part) => part !== undefined && part !== '');
  return { value: StreamName, details: details.join(' · ') };
}
