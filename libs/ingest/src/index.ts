export { createIngest, type Ingest, type PublishOptions, tooManyEvents } from './ingest.ts';
