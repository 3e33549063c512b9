export * from './stand-in-log.ts';
export * from './stand-in-server.ts';
