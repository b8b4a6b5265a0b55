/** What the dialog of kvs-convert shows, as a function of its values. */
import {
  type CONVERT_DEFAULTS,
  type ConvertProblem,
  FILE_TARGETS,
  filenameProblem,
  intervalProblem,
  isBlank,
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
  const splitBy = isFile ? value('splitBy') : '';
  const hasName = isFile && !isBlank(value('filename'));
  const bySeconds = splitBy === 'seconds';
  const isWrong = (
    property: keyof typeof CONVERT_DEFAULTS,
    problem: (value: unknown) => ConvertProblem | undefined,
  ): boolean => !isEnvironmentVariable(value(property)) && problem(value(property)) !== undefined;
  return {
    intervalSeconds: to === 'jpeg' || isWrong('intervalSeconds', intervalProblem),
    splitBy: isFile,
    splitSeconds: bySeconds || isWrong('splitSeconds', splitSecondsProblem),
    splitMB: splitBy === 'MB' || isWrong('splitMB', splitMBProblem),
    alignToClock: bySeconds,
    filename: isFile || isWrong('filename', filenameProblem),
    timeZone: hasName || bySeconds,
    'tip-files': isFile && splitBy !== '',
    'tip-jpeg': to === 'jpeg',
    'tip-wav': to === 'wav' && splitBy === '',
  };
}
