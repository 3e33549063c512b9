// Everything a client of the log needs, in Node. What browsers have too is in everywhere.ts.
export { createOncelogClient, type ClientSettings, type TransportName } from './create-client.ts';
export * from './everywhere.ts';
