/** Many machines that share a fleet, in one process and in virtual time. */
export type { Mistake } from './mistake';
export { runSchedule, type ScheduleResult } from './schedule';
