/** The Test button of kvs-config. */
import { ask, refusalOf, refusalText } from '../../shared/dialog/admin-client';
import {
  ACCOUNT_PROPERTIES,
  accountQuestion,
  lacksInstance,
  placeOf,
} from '../../shared/dialog/account-values';
import { showTestResult } from '../../shared/dialog/test-result';
import type { Dialog } from '../../shared/dialog/dialog-fields';
import { templateOf, templateText } from '../../shared/dialog/editor-variables';
import type { TestAnswer } from './credential-check-text';
import { verdictText } from './credential-check-text';

/** Lets the Test button try the values as they stand in the dialog, and shows the result in words. */
export function offerTest(node: EditorNode, dialog: Dialog): void {
  const button = $('#kvs-config-test');
  const result = $('#kvs-config-test-result');
  const say = (text: string, works?: boolean): void => {
    showTestResult(result, text, works);
  };
  // What was found out holds for the values that it was asked about.
  let asked = 0;
  dialog.onChange(ACCOUNT_PROPERTIES, () => {
    asked += 1;
    say('');
  });
  button.on('click', () => {
    const question = ++asked;
    const values = accountQuestion(node, (property) => dialog.entered(property));
    const template = templateOf(placeOf(node));
    if (lacksInstance(node, values)) {
      say(node._('kvs-flow.search.noInstance'));
      return;
    }
    button.prop('disabled', true);
    say(node._('kvs-config.test.working'));
    ask<TestAnswer>('kvs-config/test', values)
      .done((answer) => {
        if (question !== asked) {
          return;
        }
        const edited = ['tls', 'proxy'].some(
          (property) => RED.nodes.node(String(dialog.entered(property)))?.['changed'] === true,
        );
        const text = [
          verdictText(answer, node._.bind(node)),
          edited ? node._('kvs-config.test.edited') : '',
          template === undefined ? '' : templateText(node, template),
        ];
        say(
          text.filter((sentence) => sentence !== '').join(' '),
          answer.missingRight === undefined ? true : undefined,
        );
      })
      .fail((request) => {
        if (question !== asked) {
          return;
        }
        if (refusalOf(request)?.ErrorType === 'DeployFirst') {
          say(node._('kvs-config.test.deployFirst'));
          return;
        }
        const reason = refusalText(request, (key) => node._(KEYS[key]));
        const text = node._('kvs-config.test.fails', { reason });
        say(template === undefined ? text : `${text} ${templateText(node, template)}`, false);
      })
      .always(() => {
        button.prop('disabled', false);
        // In a long dialog the verdict would be out of sight.
        result.get(0)?.scrollIntoView({ block: 'nearest' });
      });
  });
}

const KEYS = { notAllowed: 'kvs-config.test.notAllowed', noAnswer: 'kvs-config.test.noAnswer' };
