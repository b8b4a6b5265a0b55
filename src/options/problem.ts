/** What is wrong with settings, the same for every node. A new kind of problem is added here. */

/** Each has a wording in the run time's texts (`setting.KEY`) and, where a dialog can find it, in the dialog's. */
export const PROBLEM_KEYS = [
  'missing',
  'malformedRegion',
  'unknownAuth',
  'malformedEndpoint',
  'insecureEndpoint',
  'endpointWithoutScheme',
  'malformedRoleArn',
  'malformedExternalId',
  'malformedSessionName',
  'malformedIotEndpoint',
  'otherIotEndpoint',
  'malformedRoleAlias',
  'malformedThingName',
  'goneReference',
  'unusableTls',
  'noCertificate',
  'malformedProxy',
  'malformedStream',
  'malformedPrefix',
  'malformedTagFilter',
  'malformedStreamList',
  'malformedNamePattern',
  'otherRegion',
  'unknownStartSelector',
  'malformedFragmentNumber',
  'malformedTimestamp',
  'malformedToken',
  'unknownEmit',
  'unknownTarget',
  'unknownChoice',
  'malformedTracks',
  'malformedPattern',
  'malformedTable',
  'malformedFleet',
  'unknownUntil',
  'malformedCount',
  'malformedSeconds',
  'notANumber',
  'notAnInteger',
  'outOfRange',
  'newerVersion',
] as const;
export type ProblemKey = (typeof PROBLEM_KEYS)[number];

/** What is wrong with a property, which is the field at fault. */
export interface SettingsProblem {
  readonly property: string;
  readonly key: ProblemKey;
}

export type Checked<T> = { readonly settings: T } | { readonly problems: readonly SettingsProblem[] };
