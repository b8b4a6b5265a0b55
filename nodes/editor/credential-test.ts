import { refusalText } from './asking';
import type { Dialog } from './dialog';

const SENT = ['region', 'auth', 'profile', 'endpoint', 'accessKeyId', 'secretAccessKey', 'sessionToken'];

/** Lets the Test button try the values as they stand in the dialog, and says in words what came of it. */
export function offerTest(node: EditorNode, dialog: Dialog): void {
  const button = $('#kvs-config-test');
  const result = $('#kvs-config-test-result');
  const say = (text: string, works?: boolean): void => {
    result
      .text(text)
      .toggleClass('kvs-config-works', works === true)
      .toggleClass('kvs-config-fails', works === false);
    // In a low window it would be said out of sight.
    result.get(0)?.scrollIntoView({ block: 'nearest' });
  };
  button.on('click', () => {
    const values: Record<string, unknown> = { id: node.id };
    for (const property of SENT) {
      values[property] = dialog.entered(property);
    }
    button.prop('disabled', true);
    say(node._('kvs-config.test.working'));
    $.ajax({
      url: 'kvs-config/test',
      method: 'POST',
      contentType: 'application/json',
      dataType: 'json',
      data: JSON.stringify(values),
    })
      .done((answer: { source: string; streams: number; more: boolean }) => {
        const source = node._(`kvs-config.auth.${answer.source}`);
        const streams = `${String(answer.streams)}${answer.more ? '+' : ''}`;
        say(node._('kvs-config.test.works', { source, streams }), true);
      })
      .fail((request) => {
        const reason = refusalText(request, (key) => node._(KEYS[key]));
        say(node._('kvs-config.test.fails', { reason }), false);
      })
      .always(() => {
        button.prop('disabled', false);
      });
  });
}

const KEYS = { notAllowed: 'kvs-config.test.notAllowed', noAnswer: 'kvs-config.test.noAnswer' };
