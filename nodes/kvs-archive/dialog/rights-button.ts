/** The Test button of kvs-archive. */
import { ask, refusalOf, refusalText } from '../../shared/dialog/admin-client';
import { accountQuestion, lacksInstance, placeOf } from '../../shared/dialog/account-values';
import { showTestResult } from '../../shared/dialog/test-result';
import type { Dialog } from '../../shared/dialog/dialog-fields';
import { resolved, templateOf, templateText } from '../../shared/dialog/editor-variables';

interface TestAnswer {
  readonly missing: readonly string[];
}

const KEYS = { notAllowed: 'kvs-archive.test.notAllowed', noAnswer: 'kvs-archive.test.noAnswer' };

/** Lets the Test button ask which rights the chosen output lacks on the stream, with the account as the editor has it, deployed or not. */
export function offerRightsTest(node: EditorNode, dialog: Dialog): void {
  const button = $('#kvs-archive-test');
  const result = $('#kvs-archive-test-result');
  const say = (text: string, works?: boolean): void => {
    showTestResult(result, text, works);
  };
  // What was found out holds for the values that it was asked about.
  let asked = 0;
  button.on('click', () => {
    const question = ++asked;
    const stream = String(dialog.entered('stream') ?? '').trim();
    const id = resolved(dialog.entered('config'), placeOf(node));
    const account = typeof id === 'string' ? RED.nodes.node(id) : undefined;
    if (!account || stream === '') {
      say(node._('kvs-archive.test.incomplete'));
      return;
    }
    const template = templateOf(placeOf(account));
    const values = accountQuestion(account);
    if (template !== undefined && lacksInstance(account, values)) {
      say(templateText(node, template));
      return;
    }
    const [output, protocol] = [dialog.entered('output'), dialog.entered('protocol')];
    const imageSource = dialog.entered('imageSource');
    button.prop('disabled', true);
    say(node._('kvs-archive.test.running'));
    const asking = { stream, output, protocol, imageSource };
    // An account that is deployed as it is needs only the right to read; values that are not take the rights of a deploy.
    const isDeployed = account['changed'] !== true && template === undefined;
    (isDeployed
      ? ask<TestAnswer>(`kvs-archive/${encodeURIComponent(account.id)}/test`, asking)
      : ask<TestAnswer>('kvs-archive/test', { ...values, ...asking })
    )
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
        const reason = /^(NotDeployed|DeployFirst)$/.test(refusalOf(request)?.ErrorType ?? '')
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
