/** Reads faults from outside, as JSON (admin API, command line) or in the short form `kind:key=value,…`. */
import { ERROR_BODIES, HEADER_STYLES, MEDIA_STREAMS, OPERATIONS, type Fault, type FaultKind } from './fault';

type Check = (value: unknown) => boolean;

const count: Check = (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0;
const integer: Check = (value) => typeof value === 'number' && Number.isInteger(value);
const flag: Check = (value) => typeof value === 'boolean';
const words: Check = (value) => typeof value === 'string' && value !== '';
const oneOf =
  (list: readonly unknown[]): Check =>
  (value) =>
    list.includes(value);

const COMMON: Readonly<Record<string, Check>> = {
  stream: words,
  times: (value) => value === 'always' || (count(value) && value !== 0),
  afterCalls: count,
  probability: (value) => typeof value === 'number' && value >= 0 && value <= 1,
};
const operation = oneOf(OPERATIONS);
const ofMedia = { operation: oneOf(MEDIA_STREAMS) };
const ending = { ...ofMedia, afterBytes: count, afterChunks: count, midChunk: count };
const chunk = { ...ofMedia, afterChunks: count };

const KEYS: Readonly<Record<FaultKind, Readonly<Record<string, Check>>>> = {
  'http-error': {
    operation,
    ErrorType: words,
    statusCode: (value) => count(value) && Number(value) >= 400 && Number(value) <= 599,
    message: words,
    body: oneOf(ERROR_BODIES),
    headerStyle: oneOf(HEADER_STYLES),
  },
  'expired-credentials': { operation },
  reset: { operation },
  'refuse-connection': { operation, forMs: count },
  'moved-endpoint': { operation },
  'slow-head': { operation, delayMs: count },
  'clock-skew': { offsetMs: integer },
  cut: ending,
  stall: ending,
  'early-end': ending,
  corrupt: { ...ofMedia, offset: count, length: count },
  garbage: { ...chunk, bytes: count, html: flag, whole: flag },
  'in-band-error': { ...chunk, ErrorId: count, ErrorCode: words, mid: flag },
  'duplicate-chunk': chunk,
  'missing-tail': chunk,
  'drop-chunk': chunk,
  'clusterless-chunk': chunk,
  'reordered-chunks': ofMedia,
};

const REQUIRED: Partial<Record<FaultKind, readonly string[]>> = {
  'http-error': ['ErrorType', 'statusCode'],
  'slow-head': ['delayMs'],
  'clock-skew': ['offsetMs'],
  corrupt: ['offset'],
  'in-band-error': ['ErrorId'],
};

export const FAULT_KINDS = Object.keys(KEYS) as FaultKind[];

/** Not a fault; the message says what is wrong with it. */
export class FaultSyntaxError extends Error {
  override readonly name = 'FaultSyntaxError';
}

/** @throws {FaultSyntaxError} */
export function checkFault(value: unknown): Fault {
  if (typeof value !== 'object' || value === null) {
    throw new FaultSyntaxError('A fault is an object with a "kind".');
  }
  const given = value as Record<string, unknown>;
  const kind = FAULT_KINDS.find((known) => known === given['kind']);
  if (kind === undefined) {
    throw new FaultSyntaxError(
      `Unknown kind of fault ${JSON.stringify(given['kind'])}. Kinds: ${FAULT_KINDS.join(', ')}.`,
    );
  }
  const allowed = { ...COMMON, ...KEYS[kind] };
  for (const [key, member] of Object.entries(given)) {
    if (key !== 'kind' && !allowed[key]) {
      throw new FaultSyntaxError(`${kind} has no "${key}". It has: ${Object.keys(allowed).join(', ')}.`);
    }
    if (key !== 'kind' && !allowed[key]?.(member)) {
      throw new FaultSyntaxError(`${kind}: ${JSON.stringify(member)} is no value for "${key}".`);
    }
  }
  const missing = REQUIRED[kind]?.find((key) => given[key] === undefined);
  if (missing !== undefined) {
    throw new FaultSyntaxError(`${kind} needs "${missing}".`);
  }
  return given as unknown as Fault;
}

/** Reads `{"kind":…}` or `kind:key=value,key=value`. @throws {FaultSyntaxError} */
export function parseFault(text: string): Fault {
  if (text.trimStart().startsWith('{')) {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new FaultSyntaxError(`Not JSON: ${error instanceof Error ? error.message : String(error)}`);
    }
    return checkFault(value);
  }
  const colon = text.indexOf(':');
  const kind = colon < 0 ? text : text.slice(0, colon);
  const members =
    colon < 0
      ? []
      : text
          .slice(colon + 1)
          .split(',')
          .filter((member) => member !== '');
  return checkFault({
    kind: kind.trim(),
    ...Object.fromEntries(
      members.map((member) => {
        const [key = '', ...rest] = member.split('=');
        if (rest.length === 0) {
          throw new FaultSyntaxError(`"${member}" should be key=value.`);
        }
        return [key.trim(), scalar(rest.join('='))];
      }),
    ),
  });
}

function scalar(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') {
    return text === 'true';
  }
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
