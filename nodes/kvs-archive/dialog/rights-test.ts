/** The Test button of kvs-archive. */
import { ask, refusalOf, refusalText } from '../../shared/dialog/admin-client';
import type { Dialog } from '../../shared/dialog/dialog-fields';

interface TestAnswer {
  readonly missing: readonly string[];
}

const KEYS = { notAllowed: 'kvs-archive.test.notAllowed', noAnswer: 'kvs-archive.test.noAnswer' };

/** Lets the Test button ask which rights the chosen output lacks on the stream, with the deployed account. */
export function offerRightsTest(node: EditorNode, dialog: Dialog): void {
  const button = $('#kvs-archive-test');
  const result = $('#kvs-archive-test-result');
  const say = (text: string, works?: boolean): void => {
    result
      .text(text)
      .toggleClass('kvs-success', works === true)
      .toggleClass('kvs-failure', works === false);
    result.get(0)?.scrollIntoView({ block: 'nearest' });
  };
  // What was found out holds for the values that it was asked about.
  let asked = 0;
  button.on('click', () => {
    const question = ++asked;
    const id = String(dialog.entered('config') ?? '');
    const stream = String(dialog.entered('stream') ?? '').trim();
    if (!RED.nodes.node(id) || stream === '') {
      say(node._('kvs-archive.test.incomplete'));
      return;
    }
    const [output, protocol] = [dialog.entered('output'), dialog.entered('protocol')];
    const imageSource = dialog.entered('imageSource');
    button.prop('disabled', true);
    say(node._('kvs-archive.test.running'));
    ask<TestAnswer>(`kvs-archive/${encodeURIComponent(id)}/test`, {
      ...{ stream, output, protocol, imageSource },
    })
      .done(({ missing }) => {
        if (question !== asked) {
          return;
        }
        const isComplete = missing.length === 0;
        const text = isComplete
          ? node._('kvs-archive.test.allowed')
          : node._('kvs-archive.test.missing', { actions: missing.join(', ') });
        say(text, isComplete);
      })
      .fail((request) => {
        if (question !== asked) {
          return;
        }
        const reason =
          refusalOf(request)?.ErrorType === 'NotDeployed'
            ? node._('kvs-archive.test.deploy')
            : refusalText(request, (key) => node._(KEYS[key]));
        say(reason, false);
      })
      .always(() => {
        button.prop('disabled', false);
      });
  });
  dialog.onChange(['config', 'stream', 'output', 'protocol', 'imageSource'], () => {
    asked += 1;
    say('');
  });
}
