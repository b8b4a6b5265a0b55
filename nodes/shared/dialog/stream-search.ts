/** Searches the streams of the chosen account from the stream field, which `rows/stream.html` lays out. */
import { accountQuestion, lacksInstance, placeOf } from './account-values';
import { ask, refusalOf, refusalText } from './admin-client';
import { ComboBox, type Suggestion } from './combo-box';
import type { Dialog } from './dialog-fields';
import { isEnvironmentVariable } from './field-values';
import { resolved, templateOf, templateText } from './editor-variables';

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
 * Makes the field `stream` a search among the streams of the chosen config node, deployed or not. Where that fails the
 * hint says why, and any text stays welcome.
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
    const config = dialog.entered('config');
    const place = placeOf(node);
    const id = resolved(config, place);
    const account = typeof id === 'string' ? RED.nodes.node(id) : undefined;
    const isVariable = isEnvironmentVariable(config);
    if (!account) {
      hint.text(node._(isVariable ? 'kvs-flow.search.noInstance' : 'kvs-flow.search.noConfig'));
      box.show([]);
      return;
    }
    timer = window.setTimeout(() => {
      const inside = templateOf(isVariable ? place : placeOf(account));
      const listedBy = inside === undefined ? '' : templateText(node, inside);
      const say = (text: string): void => {
        hint.text([listedBy, text].filter((part) => part !== '').join(' '));
      };
      const question = accountQuestion(account);
      if (lacksInstance(account, question)) {
        say('');
        box.show([]);
        return;
      }
      askForStreams(account, { ...question, prefix })
        .done(({ streams, more }) => {
          if (isWanted()) {
            say(more || streams.length === 0 ? node._(more ? MORE : NONE) : '');
            box.show(streams.map((stream) => suggestion(node, stream)));
          }
        })
        .fail((request) => {
          if (isWanted()) {
            say(
              refusalOf(request)?.ErrorType === 'DeployFirst'
                ? node._('kvs-flow.search.deployFirst')
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

/** An account that is deployed as it is needs only the right to read; values that are not take the rights of a deploy. */
function askForStreams(
  account: EditorNode,
  question: { readonly prefix: string },
): ReturnType<typeof ask<Found>> {
  const isDeployed = account['changed'] !== true && templateOf(placeOf(account)) === undefined;
  return isDeployed
    ? ask<Found>(`kvs-config/${encodeURIComponent(account.id)}/streams`, { prefix: question.prefix })
    : ask<Found>('kvs-config/streams', question);
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
