/** What is wrong with the settings of kvs-convert, as the log and the error output say it. */
import type { ConvertProblem } from '../../src/options';

export function settingsError(problems: readonly ConvertProblem[]): string {
  return `The settings cannot be used: ${problems.map(problemText).join('; ')}. Correct and deploy.`;
}

function problemText({ property, key }: ConvertProblem): string {
  switch (key) {
    case 'unknownTarget':
      return 'to is none of the forms that chunks can be converted to';
    case 'notANumber':
      return `${property} is not a number`;
    case 'outOfRange':
      return `${property} is out of range`;
    case 'newerVersion':
      return 'its settings were made by a newer version of this package';
  }
}
