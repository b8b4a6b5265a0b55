/**
 * What can be set, and what makes a value wrong. Shared by the run time and the editor dialogs, so it is pure:
 * no I/O, no clock, no Node.js or DOM types, nothing from the other folders.
 */
export * from './archive';
export * from './config';
export * from './convert';
export { matchesPattern } from './name-patterns';
export * from './file-pattern';
export type * from './problem';
export * from './regions';
export * from './fleet';
export * from './get-media';
export * from './reading';
export * from './sharing';
export * from './start-selector';
export * from './stream';
export { areTracksMalformed, parseTracks } from './tracks';
export * from './until';
export { isBlank, shortText, versionProblem } from './setting-values';
