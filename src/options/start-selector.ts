/**
 * Where reading begins: the six start selectors of GetMedia.
 * https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_dataplane_StartSelector.html
 */
import { shortText } from './setting-values';

export const START_SELECTOR_TYPES = [
  'NOW',
  'EARLIEST',
  'FRAGMENT_NUMBER',
  'SERVER_TIMESTAMP',
  'PRODUCER_TIMESTAMP',
  'CONTINUATION_TOKEN',
] as const;

export type StartSelectorType = (typeof START_SELECTOR_TYPES)[number];

/** One start selector. Times are milliseconds since the Unix epoch; `AfterFragmentNumber` is exclusive. */
export type StartSelector =
  | { readonly StartSelectorType: 'NOW' | 'EARLIEST' }
  | { readonly StartSelectorType: 'FRAGMENT_NUMBER'; readonly AfterFragmentNumber: string }
  | {
      readonly StartSelectorType: 'SERVER_TIMESTAMP' | 'PRODUCER_TIMESTAMP';
      readonly StartTimestamp: number;
    }
  | { readonly StartSelectorType: 'CONTINUATION_TOKEN'; readonly ContinuationToken: string };

export const FRAGMENT_NUMBER_PATTERN = /^[0-9]{1,128}$/;

/**
 * The service's own token, taken as it is: only what cannot be printed is refused. AWS documents 128 letters, digits and
 * `_ . -` for the request, but says nothing of what it hands out.
 */
const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]+$/u;

/** Characters. Tokens of the service have fewer than 128; a longer one would be signed and sent at each retry. */
const LONGEST_TOKEN = 8_192;

/** Whether the value may be a continuation token: opaque printable text that is not blank. */
export function isContinuationToken(value: unknown): value is string {
  const text = shortText(value, LONGEST_TOKEN) ?? '';
  return text.trim() !== '' && PRINTABLE.test(text);
}

/** Why a start selector was refused: the member at fault and what it should be. Never holds the value itself. */
export interface StartSelectorProblem {
  readonly member: 'StartSelectorType' | 'AfterFragmentNumber' | 'StartTimestamp' | 'ContinuationToken';
  readonly problem: 'unknown' | 'missing' | 'malformed';
}

export type StartSelectorResult =
  { readonly selector: StartSelector } | { readonly problem: StartSelectorProblem };

/**
 * Milliseconds since the epoch from ISO 8601 text, a decimal number of ms, or a number of ms.
 * Undefined where the value is none of these. A date with no time zone is read in the local one, as `Date` does.
 */
export function parseTimestamp(value: unknown): number | undefined {
  if (typeof value === 'number') {
    return Number.isFinite(value) && value >= 0 ? value : undefined;
  }
  if (value instanceof Date) {
    return parseTimestamp(value.getTime());
  }
  const text = shortText(value)?.trim();
  if (text === undefined) {
    return undefined;
  }
  if (/^\d+(\.\d+)?$/.test(text)) {
    return parseTimestamp(Number(text));
  }
  return /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?$/.test(text) ? parseTimestamp(Date.parse(text)) : undefined;
}

/** Reads the node's two properties. `value` is ignored for `NOW` and `EARLIEST`. */
export function parseStartProperties(type: unknown, value: unknown): StartSelectorResult {
  switch (type) {
    case 'FRAGMENT_NUMBER':
      return parseStartSelector({ StartSelectorType: type, AfterFragmentNumber: value });
    case 'CONTINUATION_TOKEN':
      return parseStartSelector({ StartSelectorType: type, ContinuationToken: value });
    case 'SERVER_TIMESTAMP':
    case 'PRODUCER_TIMESTAMP':
      return parseStartSelector({ StartSelectorType: type, StartTimestamp: value });
    default:
      return parseStartSelector({ StartSelectorType: type });
  }
}

/** Reads a start selector in the shape of the API, as `msg.startSelector` carries it. */
export function parseStartSelector(input: {
  readonly StartSelectorType?: unknown;
  readonly AfterFragmentNumber?: unknown;
  readonly StartTimestamp?: unknown;
  readonly ContinuationToken?: unknown;
}): StartSelectorResult {
  const type = START_SELECTOR_TYPES.find((name) => name === input.StartSelectorType);
  switch (type) {
    case undefined:
      return refuse('StartSelectorType', input.StartSelectorType, 'unknown');
    case 'NOW':
    case 'EARLIEST':
      return { selector: { StartSelectorType: type } };
    case 'FRAGMENT_NUMBER': {
      const number = matching(input.AfterFragmentNumber, FRAGMENT_NUMBER_PATTERN);
      return number === undefined
        ? refuse('AfterFragmentNumber', input.AfterFragmentNumber, 'malformed')
        : { selector: { StartSelectorType: type, AfterFragmentNumber: number } };
    }
    case 'CONTINUATION_TOKEN': {
      const token = readToken(input.ContinuationToken);
      return token === undefined
        ? refuse('ContinuationToken', input.ContinuationToken, 'malformed')
        : { selector: { StartSelectorType: type, ContinuationToken: token } };
    }
    case 'SERVER_TIMESTAMP':
    case 'PRODUCER_TIMESTAMP': {
      const time = parseTimestamp(input.StartTimestamp);
      return time === undefined
        ? refuse('StartTimestamp', input.StartTimestamp, 'malformed')
        : { selector: { StartSelectorType: type, StartTimestamp: time } };
    }
  }
}

function matching(value: unknown, pattern: RegExp): string | undefined {
  const text = shortText(value)?.trim();
  return text !== undefined && pattern.test(text) ? text : undefined;
}

/** As it came; where it is typed or pasted with a line end, without that. */
function readToken(value: unknown): string | undefined {
  const text = shortText(value, LONGEST_TOKEN);
  const candidates = text === undefined ? [] : [text, text.trim()];
  return candidates.find(isContinuationToken);
}

function refuse(
  member: StartSelectorProblem['member'],
  value: unknown,
  otherwise: StartSelectorProblem['problem'],
): StartSelectorResult {
  const missing = value === undefined || value === null || value === '';
  return { problem: { member, problem: missing ? 'missing' : otherwise } };
}
