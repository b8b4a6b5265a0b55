/** The field `startValue`, which means something else for each type of start selector. */

export type StartValueKind = 'fragmentNumber' | 'time' | 'token';

const START_VALUE_KINDS: Partial<Record<string, StartValueKind>> = {
  FRAGMENT_NUMBER: 'fragmentNumber',
  SERVER_TIMESTAMP: 'time',
  PRODUCER_TIMESTAMP: 'time',
  CONTINUATION_TOKEN: 'token',
};

/** What the start selector needs beside its type; undefined where it needs nothing. */
export function startValueKind(startSelectorType: unknown): StartValueKind | undefined {
  return typeof startSelectorType === 'string' ? START_VALUE_KINDS[startSelectorType] : undefined;
}
