import { refusalOf, refusalText } from './asking';
import type { Dialog } from './dialog';

interface Stream {
  readonly StreamName: string;
  readonly Status?: string;
  readonly DataRetentionInHours?: number;
  readonly MediaType?: string;
}

type Show = (suggestions: { value: string; label: string | JQuery }[]) => void;

const TYPING_MS = 250;
const ARROW_DOWN = 40;

/**
 * Makes the stream field a search among the streams of the chosen config node. Only deployed ones can be asked; where
 * that fails the hint says why, and any text stays welcome.
 */
export function offerStreams(node: EditorNode, dialog: Dialog): void {
  const field = dialog.field('stream');
  const hint = $('#kvs-get-media-stream-hint');
  let timer: number | undefined;
  let question = 0;
  let all = false;
  const search = (value: string, show: Show): void => {
    const typed = value.trim();
    const prefix = all ? '' : typed;
    const wait = all ? 0 : TYPING_MS;
    all = false;
    window.clearTimeout(timer);
    question += 1;
    const asked = question;
    if (!/^[\w.-]*$/.test(prefix)) {
      hint.text('');
      show([]);
      return;
    }
    const id = dialog.entered('config');
    if (typeof id !== 'string' || !RED.nodes.node(id)) {
      hint.text(node._('kvs-get-media.search.noConfig'));
      show([]);
      return;
    }
    timer = window.setTimeout(() => {
      const isWanted = (): boolean => asked === question && field.closest('body').length > 0;
      $.getJSON(`kvs-config/${encodeURIComponent(id)}/streams`, { prefix })
        .done(({ streams, more }: { streams: Stream[]; more: boolean }) => {
          if (isWanted()) {
            hint.text(
              more
                ? node._('kvs-get-media.search.more')
                : streams.length === 0
                  ? node._('kvs-get-media.search.none')
                  : '',
            );
            show(suggestions(node, streams, prefix));
          }
        })
        .fail((request) => {
          if (isWanted()) {
            hint.text(
              refusalOf(request)?.ErrorType === 'NotDeployed'
                ? node._('kvs-get-media.search.notDeployed')
                : refusalText(request, (key) => node._(KEYS[key])),
            );
            show([]);
          }
        });
    }, wait);
  };
  field.autoComplete({ search, minLength: 0 });
  $('#kvs-get-media-stream-search').on('click', () => {
    all = true;
    field.trigger('focus');
    field.trigger($.Event('keyup', { keyCode: ARROW_DOWN }));
  });
  dialog.onChange(['config'], () => {
    hint.text('');
  });
}

const KEYS = { notAllowed: 'kvs-get-media.search.notAllowed', noAnswer: 'kvs-get-media.search.noAnswer' };

function suggestions(
  node: EditorNode,
  streams: readonly Stream[],
  typed: string,
): { value: string; label: JQuery }[] {
  const found = streams.map((stream) => ({
    value: stream.StreamName,
    label: entry(stream.StreamName, details(node, stream)),
  }));
  // Node-RED's list takes its first entry at Enter and Tab: that must not change what was typed.
  return typed === '' || found.length === 0 || found.some(({ value }) => value === typed)
    ? found.sort((a, b) => Number(b.value === typed) - Number(a.value === typed))
    : [{ value: typed, label: entry(typed, node._('kvs-get-media.search.asTyped')) }, ...found];
}

function details(node: EditorNode, { Status, DataRetentionInHours: hours, MediaType }: Stream): string {
  const kept = hours === undefined ? undefined : node._('kvs-get-media.search.retention', { hours });
  return [Status, kept, MediaType].filter((part) => part !== undefined && part !== '').join(' · ');
}

function entry(name: string, more: string): JQuery {
  const smaller = $('<div>')
    .css({ fontSize: '0.85em', color: 'var(--red-ui-secondary-text-color)' })
    .text(more);
  return $('<div>').append($('<div>').text(name), smaller);
}
