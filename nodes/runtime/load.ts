import type * as Converting from './convert-node';
import type * as Runtime from './index';

/**
 * The run time, loaded when first called: a Node-RED that has the package but none of its nodes in a flow starts as
 * fast, and stays as small, as one without it.
 */
export function loadRuntime(): typeof Runtime {
  return require('./index') as typeof Runtime;
}

/** What `kvs-convert` needs, which the other nodes do not. */
export function loadConverting(): typeof Converting {
  return require('./convert-node') as typeof Converting;
}
