export * from './content.ts';
export * from './cursor.ts';
export * from './errors.ts';
export * from './event.ts';
export * from './event-store.ts';
export * from './limits.ts';
export * from './outcome.ts';
export * from './validate-event.ts';
