/** Tests the table of a shared fleet, and creates it. */
import { tableEndpointProblem, tableProblem } from '../../../src/options';
import { placeOf } from '../../shared/dialog/account-values';
import { ask, refusalOf, refusalText } from '../../shared/dialog/admin-client';
import { showTestResult } from '../../shared/dialog/test-result';
import type { Dialog } from '../../shared/dialog/dialog-fields';
import { resolved } from '../../shared/dialog/editor-variables';

interface TableAnswer {
  readonly state: 'ready' | 'creating' | 'missing';
}

const SAID = {
  ready: 'kvs-fleet.table.ready',
  creating: 'kvs-fleet.table.creating',
  missing: 'kvs-fleet.table.missing',
} as const;
const FAILURES = { notAllowed: 'kvs-fleet.table.notAllowed', noAnswer: 'kvs-fleet.table.noAnswer' } as const;

/** Makes the two buttons ask the run time, with the deployed account. */
export function offerTable(node: EditorNode, dialog: Dialog): void {
  const buttons = $('#kvs-fleet-table-test, #kvs-fleet-table-create');
  const result = $('#kvs-fleet-table-result');
  const say = (text: string, works?: boolean): void => {
    showTestResult(result, text, works);
  };
  // What was found out holds for the values that it was asked about.
  let asked = 0;
  const inquire = (action: 'test' | 'create'): void => {
    const question = ++asked;
    const [id, table, tableEndpoint] = ['config', 'table', 'tableEndpoint'].map((property) =>
      resolved(dialog.entered(property), placeOf(node)),
    );
    const isUsable =
      tableProblem(table, 'dynamodb') === undefined &&
      tableEndpointProblem(tableEndpoint, 'dynamodb') === undefined;
    if (typeof id !== 'string' || !RED.nodes.node(id) || !isUsable) {
      say(node._('kvs-fleet.table.incomplete'));
      return;
    }
    buttons.prop('disabled', true);
    say(node._('kvs-fleet.table.running'));
    ask<TableAnswer>(`kvs-fleet/${encodeURIComponent(id)}/table`, { action, table, tableEndpoint })
      .done(({ state }) => {
        if (question === asked) {
          say(node._(SAID[state]), state === 'ready' ? true : state === 'missing' ? false : undefined);
        }
      })
      .fail((request) => {
        if (question === asked) {
          const isUndeployed = refusalOf(request)?.ErrorType === 'DeployFirst';
          const reason = isUndeployed
            ? node._('kvs-fleet.table.deploy')
            : refusalText(request, (key) => node._(FAILURES[key]));
          say(reason, false);
        }
      })
      .always(() => {
        buttons.prop('disabled', false);
      });
  };
  $('#kvs-fleet-table-test').on('click', () => {
    inquire('test');
  });
  $('#kvs-fleet-table-create').on('click', () => {
    inquire('create');
  });
  dialog.onChange(['config', 'table', 'tableEndpoint'], () => {
    asked += 1;
    say('');
  });
}
