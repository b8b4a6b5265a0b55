/** ListStreams. https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_ListStreams.html */
import type { Call } from './call';
import { streamInfo } from './describe-stream';
import { readNextToken, writeNextToken } from './next-token';
import type { Service } from './service';
import { invalidArgument, isAbsent } from './service-error';

/** Users measured a page of 10 if none is asked for, and a cap of 1000. */
const DEFAULT_PAGE = 10;
const LARGEST_PAGE = 1000;

/** @throws {ServiceError} InvalidArgument, ClientLimitExceeded */
export function listStreams(service: Service, { body }: Call): unknown {
  const { MaxResults, NextToken, StreamNameCondition: condition } = body as Record<string, unknown>;
  const prefix = readCondition(condition);
  const page = MaxResults ?? DEFAULT_PAGE;
  if (typeof page !== 'number' || !Number.isInteger(page) || page < 1 || page > 10_000) {
    throw invalidArgument('MaxResults must be from 1 to 10000.');
  }
  const after = readNextToken(NextToken);
  service.countCall('ListStreams');
  const names = [...service.streams.keys()].filter((name) => name.startsWith(prefix)).sort();
  const begin = after === undefined ? 0 : names.filter((name) => name <= after).length;
  const end = begin + Math.min(page, LARGEST_PAGE);
  const shown = names.slice(begin, end);
  const last = shown.at(-1);
  return {
    StreamInfoList: shown
      .flatMap((name) => service.streams.get(name) ?? [])
      .map((stream) => streamInfo(service, stream)),
    NextToken: end < names.length && last !== undefined ? writeNextToken(last) : null,
  };
}

function readCondition(condition: unknown): string {
  if (isAbsent(condition)) {
    return '';
  }
  const { ComparisonOperator, ComparisonValue } = condition as Record<string, unknown>;
  if (ComparisonOperator !== 'BEGINS_WITH' || typeof ComparisonValue !== 'string' || ComparisonValue === '') {
    throw invalidArgument(
      'StreamNameCondition needs a ComparisonOperator BEGINS_WITH and a ComparisonValue.',
    );
  }
  return ComparisonValue;
}
