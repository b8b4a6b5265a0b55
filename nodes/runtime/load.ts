import type * as Runtime from './index';

/**
 * The run time, loaded when first called: a Node-RED that has the package but none of its nodes in a flow starts as
 * fast, and stays as small, as one without it.
 */
export function loadRuntime(): typeof Runtime {
  return require('./index') as typeof Runtime;
}
