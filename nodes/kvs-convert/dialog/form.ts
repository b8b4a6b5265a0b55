/** What the dialog of kvs-convert shows, as a function of its values. */
import {
  type CONVERT_DEFAULTS,
  type ConvertProblem,
  FILE_TARGETS,
  filenameProblem,
  intervalProblem,
  isBlank,
  PICTURE_TARGETS,
  type PictureNumber,
  pictureNumberProblem,
  pixelFormatProblem,
  splitMBProblem,
  splitSecondsProblem,
} from '../../../src/options';
import { isEnvironmentVariable } from '../../shared/dialog/field-values';

/**
 * Whether each dependent field or tip is shown. A value that the run time would refuse is shown in any case, or nobody
 * could fix it.
 */
export function shownConvertFields(
  value: (property: keyof typeof CONVERT_DEFAULTS) => unknown,
): Readonly<Record<string, boolean>> {
  const to = value('to');
  const isFile = FILE_TARGETS.has(to);
  const isPicture = PICTURE_TARGETS.has(to);
  const isAnyFrame = isPicture && value('anyFrame') === true;
  const isLimited = isAnyFrame && value('dropLate') === true;
  const splitBy = isFile ? value('splitBy') : '';
  const hasName = isFile && !isBlank(value('filename'));
  const bySeconds = splitBy === 'seconds';
  const isWrong = (
    property: keyof typeof CONVERT_DEFAULTS,
    problem: (value: unknown) => ConvertProblem | undefined,
  ): boolean => !isEnvironmentVariable(value(property)) && problem(value(property)) !== undefined;
  const isWrongNumber = (property: PictureNumber): boolean =>
    isWrong(property, (given) => pictureNumberProblem(property, given));
  return {
    anyFrame: isPicture,
    pixelFormat: to === 'raw' || isWrong('pixelFormat', pixelFormatProblem),
    width: isPicture || isWrongNumber('width'),
    quality: to === 'jpeg' || isWrongNumber('quality'),
    dropLate: isAnyFrame,
    maxInFlight: isLimited || isWrongNumber('maxInFlight'),
    intervalSeconds: isPicture || isWrong('intervalSeconds', intervalProblem),
    splitBy: isFile,
    splitSeconds: bySeconds || isWrong('splitSeconds', splitSecondsProblem),
    splitMB: splitBy === 'MB' || isWrong('splitMB', splitMBProblem),
    alignToClock: bySeconds,
    filename: isFile || isWrong('filename', filenameProblem),
    timeZone: hasName || bySeconds,
    'tip-files': isFile && splitBy !== '',
    'tip-jpeg': isPicture && !isAnyFrame,
    'tip-anyFrame': isAnyFrame,
    'tip-maxInFlight': isLimited && Number(value('maxInFlight')) > 0,
    'tip-wav': to === 'wav' && splitBy === '',
  };
}
