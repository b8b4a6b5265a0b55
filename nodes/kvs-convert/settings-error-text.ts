/** What is wrong with the settings of kvs-convert, in words for the log and the error output. */
import type { ConvertProblem } from '../../src/options';
import type { Words } from '../shared/words';

export function settingsErrorText(problems: readonly ConvertProblem[], words: Words): string {
  const wrong = problems.map(({ property, key }) =>
    words.text('settings.problem', { property, problem: words.text(`setting.${key}`) }),
  );
  return words.text('settings.invalid', { problems: wrong.join('; ') });
}
