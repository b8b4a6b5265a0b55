/**
 * What is wrong with a property. The key names the wording, which is in the locale files of the dialog and in the run
 * time's messages; the property's name is the field at fault.
 */
export interface SettingsProblem {
  readonly property: string;
  readonly key:
    | 'missing'
    | 'malformedRegion'
    | 'unknownAuth'
    | 'malformedEndpoint'
    | 'insecureEndpoint'
    | 'endpointWithoutScheme'
    | 'malformedRoleArn'
    | 'malformedExternalId'
    | 'malformedSessionName'
    | 'malformedIotEndpoint'
    | 'otherIotEndpoint'
    | 'malformedRoleAlias'
    | 'malformedThingName'
    | 'goneReference'
    | 'unusableTls'
    | 'noCertificate'
    | 'malformedProxy'
    | 'malformedStream'
    | 'otherRegion'
    | 'unknownStartSelector'
    | 'malformedFragmentNumber'
    | 'malformedTimestamp'
    | 'malformedToken'
    | 'unknownEmit'
    | 'unknownChoice'
    | 'malformedTracks'
    | 'unknownUntil'
    | 'malformedCount'
    | 'malformedSeconds'
    | 'notANumber'
    | 'notAnInteger'
    | 'outOfRange'
    | 'newerVersion';
}

export type Checked<T> = { readonly settings: T } | { readonly problems: readonly SettingsProblem[] };
