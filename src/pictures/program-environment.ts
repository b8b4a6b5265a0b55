/** What programs that are started get of this process's environment. */

/**
 * What a program needs to be found, to load its libraries and to write temporary files. Everything else stays here:
 * the environment of this process may hold AWS keys and the secret of the credential store.
 */
const PASSED_ON = [
  ...['PATH', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'TMPDIR'],
  ...['SystemRoot', 'SystemDrive', 'PATHEXT', 'TEMP', 'TMP'],
];

export function programEnvironment(): NodeJS.ProcessEnv {
  const passed: NodeJS.ProcessEnv = {};
  for (const name of PASSED_ON) {
    const value = process.env[name];
    if (value !== undefined) {
      passed[name] = value;
    }
  }
  return passed;
}
