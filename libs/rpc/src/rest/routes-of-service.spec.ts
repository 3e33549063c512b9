import { EventLogService, Health } from '@oncelog/protocol';
import { describe, expect, it } from 'vitest';
import { routesOfService } from './routes-of-service.ts';

const routes = routesOfService(EventLogService);

function match(verb: string, path: string) {
  const route = routes.find((candidate) => candidate.verb === verb && candidate.pattern.test(path));
  const values = route?.pattern.exec(path)?.slice(1) ?? [];
  return route && [route.method.name, Object.fromEntries(route.variables.map((name, index) => [name, values[index]]))];
}

describe('the routes of the contract', () => {
  it('are those it annotates', () => {
    expect(routes.map(({ verb, method }) => `${verb} ${method.name}`).sort()).toEqual([
      'GET GetEvent',
      'GET GetStats',
      'GET ListEvents',
      'GET Subscribe',
      'POST CheckEvents',
      'POST Publish',
    ]);
    expect(routesOfService(Health)).toEqual([]);
  });

  it('match whole paths only', () => {
    expect(match('POST', '/publish')).toEqual(['Publish', {}]);
    expect(match('GET', '/events')).toEqual(['ListEvents', {}]);
    expect(match('GET', '/events/')).toBeUndefined();
    expect(match('GET', '/eventsx')).toBeUndefined();
    expect(match('GET', '/x/events')).toBeUndefined();
    expect(match('GET', '/publish')).toBeUndefined();
  });

  it('take one path segment a variable, still encoded', () => {
    expect(match('GET', '/events/a%2Fb/c.d')).toEqual(['GetEvent', { topic: 'a%2Fb', event_id: 'c.d' }]);
    expect(match('GET', '/events/a')).toBeUndefined();
    expect(match('GET', '/events/a/b/c')).toBeUndefined();
    expect(match('GET', '/events//b')).toBeUndefined();
  });
});
