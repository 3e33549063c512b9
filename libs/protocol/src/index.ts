// The contract as TypeScript: everything under gen/ is generated from proto/ by `npm run generate`.
export * from './gen/google/api/annotations_pb.ts';
export * from './gen/google/api/http_pb.ts';
export * from './gen/google/rpc/error_details_pb.ts';
export * from './gen/google/rpc/status_pb.ts';
export * from './gen/oncelog/v1/broker_service_pb.ts';
export * from './gen/oncelog/v1/check_pb.ts';
export * from './gen/oncelog/v1/consumer_group_pb.ts';
export * from './gen/oncelog/v1/consumer_service_pb.ts';
export * from './gen/oncelog/v1/error_pb.ts';
export * from './gen/oncelog/v1/event_log_service_pb.ts';
export * from './gen/oncelog/v1/event_pb.ts';
export { Health, HealthCheckResponse_ServingStatus, type HealthCheckResponse } from './gen/grpc/health/v1/health_pb.ts';
export { ServerReflection } from './gen/grpc/reflection/v1/reflection_pb.ts';
