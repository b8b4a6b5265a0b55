/** What the dialog of kvs-archive shows, as functions of its values. */
import {
  ARCHIVE_DEFAULTS,
  archiveNumberProblem,
  tracksProblem,
  type ArchiveNumber,
} from '../../../src/options';
import { isEnvironmentVariable } from '../../shared/dialog/field-values';

export type ArchiveProperty = keyof typeof ARCHIVE_DEFAULTS;

/** A property of a node as the run time takes it: one that a flow leaves out has its default. */
export function archiveValue(property: ArchiveProperty, value: unknown): unknown {
  return value ?? ARCHIVE_DEFAULTS[property];
}

export type ShownArchiveFields = Readonly<
  Record<Exclude<ArchiveProperty, 'version' | 'output'>, boolean> & { range: boolean }
>;

/**
 * Which of the dependent fields mean something with the values around them. A number that the run time would refuse is
 * shown in any case, or the user could not correct it.
 */
export function shownArchiveFields(value: (property: ArchiveProperty) => unknown): ShownArchiveFields {
  const output = value('output');
  const isUrl = output === 'url';
  const hasRange = !isUrl || value('playbackMode') !== 'LIVE';
  const isImage = output === 'image';
  const isFileKind = output === 'clip' || isImage;
  const isFile = isFileKind && value('saveTo') === 'file';
  const interval = value('intervalSeconds');
  const isMoment = isImage && !isEnvironmentVariable(interval) && Number(interval) === 0;
  const isWrong = (property: ArchiveNumber): boolean =>
    !isEnvironmentVariable(value(property)) && archiveNumberProblem(property, value(property)) !== undefined;
  return {
    protocol: isUrl,
    playbackMode: isUrl,
    expiresSeconds: isUrl || isWrong('expiresSeconds'),
    fragmentSelectorType: hasRange,
    beforeSeconds: (hasRange && !isMoment) || isWrong('beforeSeconds'),
    afterSeconds: (hasRange && !isMoment) || isWrong('afterSeconds'),
    range: hasRange && !isMoment,
    tracks: output === 'chunks' || isFileKind || tracksProblem(value('tracks')) !== undefined,
    saveTo: isFileKind,
    filename: isFile,
    filenameType: isFile,
    intervalSeconds: isImage || isWrong('intervalSeconds'),
    width: isImage || isWrong('width'),
    quality: (isImage && value('format') !== 'png') || isWrong('quality'),
    format: isImage,
    imageSource: isImage,
    maxMB: (isFileKind && !isFile) || isWrong('maxMB'),
    waitSeconds: !isUrl || isWrong('waitSeconds'),
    maxInFlight: output === 'chunks' || isWrong('maxInFlight'),
  };
}
