// The REST routes, read from the google.api.http annotations of the contract.
import { type DescMethod, type DescService, getOption, hasOption } from '@bufbuild/protobuf';
import { http, type HttpRule } from '@oncelog/protocol';

export interface RestRoute {
  readonly verb: string;
  readonly pattern: RegExp;
  readonly variables: readonly string[];
  readonly method: DescMethod;
}

export function routesOfService(service: DescService): RestRoute[] {
  return service.methods
    .filter((method) => hasOption(method, http))
    .flatMap((method) => rulesOf(getOption(method, http)).map((rule) => routeOf(rule, method)));
}

function rulesOf(rule: HttpRule): HttpRule[] {
  return [rule, ...rule.additionalBindings.flatMap(rulesOf)];
}

function routeOf({ pattern }: HttpRule, method: DescMethod): RestRoute {
  if (pattern.case === undefined || pattern.case === 'custom') {
    throw new Error(`${method.name}: only get, put, post, delete and patch are served`);
  }
  return { verb: pattern.case.toUpperCase(), ...compile(pattern.value), method };
}

/** "/events/{topic}/{event_id}" as an expression whose groups are the variables, each one path segment. */
function compile(template: string): { pattern: RegExp; variables: string[] } {
  const variables: string[] = [];
  const source = template.replace(/\{(\w+)\}|[.+?^$()|[\]\\*]/g, (special: string, name: string | undefined) => {
    if (name === undefined) return `\\${special}`;
    variables.push(name);
    return '([^/]+)';
  });
  return { pattern: new RegExp(`^${source}$`), variables };
}
