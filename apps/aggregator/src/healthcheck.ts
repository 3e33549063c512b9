// What the container's health check runs: exit code 0 when the aggregator beside it is ready.
const port = process.env['ONCELOG_PORT'] || '8080';

const ready = await fetch(`http://127.0.0.1:${port}/readyz`).then(
  ({ ok }) => ok,
  () => false,
);
process.exitCode = ready ? 0 : 1;
