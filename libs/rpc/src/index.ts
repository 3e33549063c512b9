export { createHealthServer } from './health-server.ts';
export { createServiceState, type ServiceState } from './handlers/service-state.ts';
export { createServer, type Server, type ServerOptions } from './server.ts';
