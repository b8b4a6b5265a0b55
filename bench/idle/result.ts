/** What the suite `idle` measures: its variants, task and result. */

/** Node-RED alone; with the package but none of its nodes in a flow; with one of each that does nothing. */
export const VARIANTS = ['without', 'installed', 'nodes'] as const;
export type Variant = (typeof VARIANTS)[number];

export interface IdleTask {
  /** Of each variant, in turn: what the machine is busy with meanwhile slows all of them alike. */
  readonly starts: number;
  /** Behind the last start, before the memory is looked at. */
  readonly settleMs: number;
}

export interface Start {
  /** From the start of the process to the start of the flows. */
  readonly wallMs: number;
  /** What the process has used by then: what other processes do shows less in it. */
  readonly cpuMs: number;
}

export interface Idle {
  readonly starts: readonly Start[];
  readonly residentMB: number;
}

export type IdleResult = Readonly<Record<Variant, Idle>>;
