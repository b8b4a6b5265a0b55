/** ListFragments. https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_reader_ListFragments.html */
import { isRecord } from '../../is-record';
import { chanceAt } from '../random';
import { detailsOf, type SimulatedStream } from '../streams';
import { isListed } from './archive-visibility';
import type { Call } from './call';
import { JavaSeconds } from './responses';
import type { Service } from './service';
import { invalidArgument, isAbsent } from './service-error';
import {
  checkRetained,
  isTimestampMember,
  readFragmentSelector,
  sentSelector,
  type FragmentRange,
} from './timestamp-range';

const DEFAULT_PAGE = 100;
const LARGEST_PAGE = 1000;
const TOKEN_PATTERN = /^[a-zA-Z0-9+/]+={0,2}$/;
const LONGEST_TOKEN = 4096;

/**
 * What a NextToken holds. A list has no order, so the simulator sorts by chance: by a number that is drawn for each
 * fragment from `seed`. A page begins after the last place of the one before; that holds whatever ages out meanwhile.
 */
interface ListPosition extends FragmentRange {
  readonly stream: string;
  readonly seed: number;
  /** When the first page was asked for: fragments that are listed later belong to another list. */
  readonly asOf: number;
  readonly after?: number;
}

/** @throws {ServiceError} InvalidArgument, ResourceNotFound, ClientLimitExceeded */
export function listFragments(service: Service, call: Call): unknown {
  const stream = service.streamOf(call);
  const { MaxResults, NextToken, FragmentSelector } = call.body as Record<string, unknown>;
  const page = MaxResults ?? DEFAULT_PAGE;
  if (typeof page !== 'number' || !Number.isInteger(page) || page < 1 || page > LARGEST_PAGE) {
    throw invalidArgument(`MaxResults must be from 1 to ${LARGEST_PAGE}.`);
  }
  if (!isAbsent(NextToken) && !isAbsent(FragmentSelector)) {
    throw invalidArgument('FragmentSelector and NextToken must not be given together.');
  }
  const begin = isAbsent(NextToken)
    ? firstPosition(service, stream, readFragmentSelector(FragmentSelector))
    : readToken(NextToken, stream);
  // The record keeps what was read of it: what else it has may be of any length.
  const { member, from, to } = begin;
  call.selector = isAbsent(NextToken) ? sentSelector({ member, from, to }) : { NextToken: '…' };
  checkRetained(stream, begin, service.options.clock.now());
  service.takePoints('metadata', page, stream.name);
  const places = placesOf(service, stream, begin);
  const shown = places.subarray(0, page);
  const last = shown.at(-1);
  return {
    Fragments: [...shown].flatMap((place) => {
      const position = positionOf(place);
      const fragment = stream.from(position);
      const details = fragment?.position === position ? detailsOf(fragment) : undefined;
      return details === undefined
        ? []
        : {
            ...details,
            ProducerTimestamp: new JavaSeconds(details.ProducerTimestamp),
            ServerTimestamp: new JavaSeconds(details.ServerTimestamp),
          };
    }),
    NextToken:
      last !== undefined && places.length > page
        ? Buffer.from(JSON.stringify({ ...begin, after: last })).toString('base64')
        : null,
  };
}

function firstPosition({ options }: Service, stream: SimulatedStream, range: FragmentRange): ListPosition {
  const { clock, random } = options;
  return { ...range, stream: stream.arn, seed: Math.floor(random() * 2 ** 32), asOf: clock.now() };
}

/**
 * The last list that each stream was asked for, in its order: to sort a day's fragments anew for each page would take
 * seconds. What has aged out since then is left out where a page is written.
 */
const lastLists = new WeakMap<SimulatedStream, { readonly key: string; readonly places: Float64Array }>();

/** Where the fragments that are still to be told stand in the list, in its order. */
function placesOf(
  { options }: Service,
  stream: SimulatedStream,
  { after = -1, ...list }: ListPosition,
): Float64Array {
  const key = JSON.stringify(list);
  let known = lastLists.get(stream);
  if (known?.key !== key) {
    const { member, from, to, seed, asOf } = list;
    const positions = stream.positionsBetween(member, from, to, (fragment) =>
      isListed(options.archive, fragment, asOf),
    );
    known = { key, places: Float64Array.from(positions, (position) => placeOf(seed, position)).sort() };
    lastLists.set(stream, known);
  }
  const next = known.places.findIndex((place) => place > after);
  return next < 0 ? new Float64Array() : known.places.subarray(next);
}

/** A number that sorts by chance and tells the position. */
function placeOf(seed: number, position: number): number {
  return Math.floor(chanceAt(seed, position) * 2 ** 26) * MOST_POSITIONS + position;
}

function positionOf(place: number): number {
  return place % MOST_POSITIONS;
}

const MOST_POSITIONS = 2 ** 27;

/** @throws {ServiceError} InvalidArgumentException for what is no token, or another stream's */
function readToken(token: unknown, stream: SimulatedStream): ListPosition {
  if (typeof token === 'string' && token.length <= LONGEST_TOKEN && TOKEN_PATTERN.test(token)) {
    try {
      const place: unknown = JSON.parse(Buffer.from(token, 'base64').toString('utf8'));
      if (isListPosition(place) && place.stream === stream.arn) {
        return place;
      }
    } catch (error) {
      if (!(error instanceof SyntaxError)) {
        throw error;
      }
    }
  }
  throw invalidArgument('NextToken is not valid.');
}

/** Anyone can write a token. */
function isListPosition(place: unknown): place is ListPosition {
  const { member, from, to, seed, asOf, after = 0 } = isRecord(place) ? place : {};
  return isTimestampMember(member) && [from, to, seed, asOf, after].every(Number.isFinite);
}
