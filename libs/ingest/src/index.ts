export { type BrokerWorker, type BrokerWorkerOptions, createBrokerWorker } from './broker-worker.ts';
export type { WorkerTrouble } from './until-it-works.ts';
export { createIngest, type Ingest, type PublishOptions, shuttingDown, tooManyEvents } from './ingest.ts';
