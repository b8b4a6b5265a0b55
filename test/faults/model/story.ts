import type { ModelFragment } from './model-stream';
import type { CallLog, FlowEvent, RunLog } from './run-log';

/** A run in lines for a person, in the order of time. */
export function story(log: RunLog, fragments: readonly ModelFragment[]): string {
  const name = (FragmentNumber: string | undefined): string =>
    FragmentNumber === undefined
      ? '-'
      : `fragment ${String(fragments.findIndex(({ number }) => number === FragmentNumber))}`;
  const lines = [
    ...fragments.map(({ index, begin, end, run, plan }) => ({
      at: begin,
      text: `  fragment ${String(index)} begins (to ${String(end)}, run ${String(run)}, ${plan.content})`,
    })),
    ...log.sessions.flatMap(({ index, began, stopped, position, paused }) => [
      { at: began, text: `session ${String(index)} starts after ${name(position?.FragmentNumber)}` },
      ...paused.map(({ from, to }) => ({
        at: from,
        text: `session ${String(index)} is paused until ${String(to)}`,
      })),
      ...(stopped === undefined ? [] : [{ at: stopped, text: `session ${String(index)} is stopped` }]),
    ]),
    ...log.calls.filter(isOfInterest).flatMap((call) => callLines(call, name)),
    ...log.events.map((event) => ({ at: event.at, text: `  → ${eventText(event, name)}` })),
  ];
  return lines
    .sort((a, b) => a.at - b.at)
    .map(({ at, text }) => `${String(at).padStart(9)} ${text}`)
    .join('\n');
}

/** An idle stream is asked again and again. */
function isOfInterest({ refusedWith, response }: CallLog): boolean {
  const isEmpty = response?.pieces.length === 0 && response.over?.how === 'end';
  return refusedWith !== undefined || !isEmpty;
}

interface Line {
  readonly at: number;
  readonly text: string;
}

function callLines({ at, selector, refusedWith, response }: CallLog, name: (n: string) => string): Line[] {
  const asks =
    selector?.StartSelectorType === 'FRAGMENT_NUMBER'
      ? `after ${name(selector.AfterFragmentNumber)}`
      : JSON.stringify(selector);
  const lines = [
    { at, text: `call: ${asks}${refusedWith === undefined ? '' : ` refused with ${refusedWith.ErrorType}`}` },
  ];
  if (response !== undefined) {
    const { RequestId, pieces, dropped, over, closed } = response;
    lines.push(
      ...pieces.map(({ began, piece, given, interrupted }) => ({
        at: began,
        text: `  ${RequestId} sends fragment ${String(piece.fragment.index)}, ${String(given)} bytes${piece.flaw === undefined ? '' : `, flaw ${piece.flaw.kind} at ${piece.flaw.at}`}${interrupted === undefined ? '' : `, interrupted: ${interrupted}`}`,
      })),
      ...(dropped.length === 0
        ? []
        : [{ at: response.opened, text: `  ${RequestId} drops ${dropped.join(' ')}` }]),
      ...(over === undefined ? [] : [{ at: over.at, text: `  ${RequestId} is over: ${over.how}` }]),
      ...(closed === undefined ? [] : [{ at: closed, text: `  ${RequestId} is closed` }]),
    );
  }
  return lines;
}

function eventText(event: FlowEvent, name: (n: string | undefined) => string): string {
  switch (event.kind) {
    case 'chunk':
      return `chunk ${name(event.FragmentNumber)}`;
    case 'frame':
      return `frame ${String(event.index)} of ${name(event.FragmentNumber)}`;
    case 'error': {
      const { ErrorType, ErrorId, FragmentNumber, action, retryInMs, RequestId, message } = event.error;
      return `${ErrorType} ${String(ErrorId ?? '')} (${name(FragmentNumber)}, ${String(RequestId)}, ${action} ${String(retryInMs ?? '')}): ${message}`;
    }
    case 'checkpoint':
      return `checkpoint ${name(event.position.FragmentNumber)}`;
    case 'acknowledged':
      return `${name(event.FragmentNumber)} ${String(event.index ?? '')} is acknowledged`;
  }
}
