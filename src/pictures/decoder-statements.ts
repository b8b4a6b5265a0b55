/**
 * What can be said about a picture that was not made: as data, see `../statement.ts`. Causes that a person would deal with
 * in the same way are one statement.
 */
import { statementsOf } from '../statement';

/** Why a program made no picture: sentences of what happened and what a person can do. */
export const DECODER_FAILURES = {
  // It could not be started; `code` is the system's.
  'decoder.gone': [],
  'decoder.notAllowed': ['code'],
  'decoder.noResources': ['code'],
  'decoder.notStarted': ['code'],

  // It ended.
  'decoder.unsupported': [],
  'decoder.exited': ['exitCode'],
  'decoder.killed': ['signal'],
  'decoder.noPicture': [],

  // It was stopped.
  'decoder.tooSlow': ['allowedMs'],
  'decoder.silent': ['silentMs'],
  'decoder.tooMuch': ['allowedBytes'],
  'decoder.notPictures': [],
  'decoder.notPassedOn': [],
  'decoder.closed': [],
} as const;

export const DECODER_STATEMENTS = {
  ...DECODER_FAILURES,

  // Around a failure: how many frames gave no picture, and the program's own words, which are in its own language.
  'decoder.lost': ['why', 'frames'],
  'decoder.details': ['why', 'details'],

  // Clauses: no program was found, or it is busy.
  'decoder.none': [],
  'decoder.queueFull': ['most'],
  'decoder.mediaWaiting': [],
  'decoder.placesTaken': ['most'],
} as const;

/** Creates the statements of this folder. */
export const decoderStatement = statementsOf<typeof DECODER_STATEMENTS>();
