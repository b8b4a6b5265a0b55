/** Shows which streams match now, before anything is deployed. */
import { accountQuestion, lacksInstance, placeOf } from '../../shared/dialog/account-values';
import { ask, refusalOf, refusalText } from '../../shared/dialog/admin-client';
import type { Dialog } from '../../shared/dialog/dialog-fields';
import { resolved } from '../../shared/dialog/editor-variables';
import { selectByProblem, streamsProblem, excludeProblem } from '../../../src/options';

interface Matches {
  /** The first of them. */
  readonly streams: readonly string[];
  readonly count: number;
}

const TYPING_MS = 500;

/** Fills the row that lists the matching streams, when the dialog opens and whenever what decides on them changes. */
export function showMatches(node: EditorNode, dialog: Dialog): void {
  const summary = $('#kvs-fleet-matches');
  const list = $('#kvs-fleet-matches-names');
  let timer: number | undefined;
  let question = 0;

  const say = (text: string, names: readonly string[] = []): void => {
    summary.text(text);
    list.text(names.join('\n'));
  };

  const search = (afterMs: number): void => {
    window.clearTimeout(timer);
    question += 1;
    const asked = question;
    const isWanted = (): boolean => asked === question && summary.closest('body').length > 0;
    const selection = selectionOf(node, dialog);
    const id = resolved(dialog.entered('config'), placeOf(node));
    const account = typeof id === 'string' && id !== '' ? RED.nodes.node(id) : undefined;
    if (selection === undefined || !account) {
      say(account ? '' : node._('kvs-fleet.matches.noAccount'));
      return;
    }
    say(node._('kvs-fleet.matches.searching'));
    timer = window.setTimeout(() => {
      const values = accountQuestion(account);
      if (lacksInstance(account, values)) {
        say(node._('kvs-flow.search.noInstance'));
        return;
      }
      const isDeployed = account['changed'] !== true && Object.keys(placeOf(account)).length === 0;
      const path = isDeployed ? `kvs-config/${encodeURIComponent(account.id)}/matches` : 'kvs-config/matches';
      ask<Matches>(path, { ...(isDeployed ? {} : values), ...selection })
        .done(({ streams, count }) => {
          if (isWanted()) {
            const more = count - streams.length;
            const names = more > 0 ? [...streams, node._('kvs-fleet.matches.more', { more })] : streams;
            say(node._(COUNTS[Math.min(count, 2)] ?? '', { streams: count }), names);
          }
        })
        .fail((request) => {
          if (isWanted()) {
            say(
              refusalOf(request)?.ErrorType === 'DeployFirst'
                ? node._('kvs-fleet.matches.deployFirst')
                : refusalText(request, (key) => node._(FAILURES[key])),
            );
          }
        });
    }, afterMs);
  };

  dialog.onChange(['config', 'selectBy', 'streams', 'exclude'], () => {
    search(TYPING_MS);
  });
  $('#kvs-fleet-matches-again').on('click', () => {
    search(0);
  });
  search(0);
}

const COUNTS = ['kvs-fleet.matches.none', 'kvs-fleet.matches.one', 'kvs-fleet.matches.many'] as const;
const FAILURES = {
  notAllowed: 'kvs-fleet.matches.notAllowed',
  noAnswer: 'kvs-fleet.matches.noAnswer',
} as const;

/** What is asked for; undefined where it is malformed or only the run time knows it. */
function selectionOf(
  node: EditorNode,
  dialog: Dialog,
): Record<'selectBy' | 'streams' | 'exclude', string> | undefined {
  const place = placeOf(node);
  const [selectBy, streams, exclude] = ['selectBy', 'streams', 'exclude'].map((property) =>
    resolved(dialog.entered(property), place),
  );
  const isUsable =
    selectBy !== 'message' &&
    selectByProblem(selectBy) === undefined &&
    streamsProblem(streams, selectBy) === undefined &&
    excludeProblem(exclude) === undefined;
  return isUsable &&
    typeof selectBy === 'string' &&
    typeof streams === 'string' &&
    typeof exclude === 'string'
    ? { selectBy, streams, exclude }
    : undefined;
}
