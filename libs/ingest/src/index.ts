export { createIngest, type Ingest, type PublishOptions, shuttingDown, tooManyEvents } from './ingest.ts';
