/** Does the environment name a proxy for such addresses (`https_proxy`, `all_proxy`, in either case)? */
export function namesProxy(protocol: string, environment: NodeJS.ProcessEnv = process.env): boolean {
  const names = [`${protocol.slice(0, -1)}_proxy`, 'all_proxy'];
  return names.some((name) => [name, name.toUpperCase()].some((each) => (environment[each] ?? '') !== ''));
}
