/** The shared config and credentials files of AWS tools: where they are, and what a profile says in them. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** The profile that the environment chooses for whoever names none. */
export function chosenProfile(environment: Environment): string {
  return textOf(environment['AWS_PROFILE']) ?? 'default';
}

/** The paths of the config file and of the credentials file. */
export function sharedFiles(environment: Environment): readonly [config: string, credentials: string] {
  const folder = join(homedir(), '.aws');
  return [
    textOf(environment['AWS_CONFIG_FILE']) ?? join(folder, 'config'),
    textOf(environment['AWS_SHARED_CREDENTIALS_FILE']) ?? join(folder, 'credentials'),
  ];
}

/**
 * What the files say of a profile, by lower-case name; undefined where neither has it. The credentials file wins. A
 * file that cannot be read counts as empty, as it does for AWS tools.
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
export function profileSettings(
  profile: string,
  environment: Environment,
): ReadonlyMap<string, string> | undefined {
  const [config, credentials] = sharedFiles(environment);
  const found = [
    section(read(config), (title) => title.replace(/^profile\s+/, '') === profile),
    section(read(credentials), (title) => title === profile),
  ].filter((settings) => settings !== undefined);
  return found.length === 0 ? undefined : new Map(found.flatMap((settings) => [...settings]));
}

function section(text: string, isWanted: (title: string) => boolean): Map<string, string> | undefined {
  let settings: Map<string, string> | undefined;
  let isInside = false;
  for (const line of text.split(/\r?\n/)) {
    const title = /^\s*\[([^\]]*)\]/.exec(line)?.[1];
    if (title !== undefined) {
      isInside = isWanted(title.trim().replace(/["']/g, ''));
      settings ??= isInside ? new Map() : undefined;
      continue;
    }
    // An indented line is a setting of the setting before it.
    const [, name, value = ''] = /^([^\s=#;][^=]*)=(.*)$/.exec(line) ?? [];
    if (isInside && name !== undefined) {
      settings?.set(name.trim().toLowerCase(), value.replace(/\s[#;].*$/, '').trim());
    }
  }
  return settings;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function textOf(value: string | undefined): string | undefined {
  const text = value?.trim() ?? '';
  return text === '' ? undefined : text;
}
