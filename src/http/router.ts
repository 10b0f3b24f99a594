/** Method and path -> route. */
import type { Route } from './route.ts';

/** `allowed`: the methods that the path has, when it has not this one. */
export type Found =
  | { readonly kind: 'route'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'method'; readonly allowed: readonly string[] }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'nothing' };

interface Entry {
  readonly route: Route;
  readonly segments: readonly string[];
}

export class Router {
  readonly #entries: readonly Entry[];

  /** @throws {Error} for two routes that answer the same requests. */
  constructor(routes: readonly Route[]) {
    const seen = new Set<string>();
    for (const { method, path } of routes) {
      const shape = `${method} ${path.replace(/:[^/]+/g, ':')}`;
      if (seen.has(shape)) throw new Error(`two routes for ${shape}`);
      seen.add(shape);
    }
    // Words before names: `/types/new` is not the type "new".
    this.#entries = routes
      .map((route) => ({ route, segments: route.path.split('/') }))
      .sort((a, b) => Number(hasNames(a)) - Number(hasNames(b)));
  }

  /** `path`: as it came, still encoded, without the query. */
  find(method: string, path: string): Found {
    const segments = path.split('/');
    const fitting = this.#entries.filter((entry) => fits(entry, segments));
    const wanted = method === 'HEAD' ? 'GET' : method;
    const entry = fitting.find(({ route }) => route.method === wanted);
    if (entry === undefined) {
      const methods = fitting.flatMap(({ route }) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]));
      return methods.length === 0 ? { kind: 'nothing' } : { kind: 'method', allowed: [...new Set(methods)] };
    }
    const params: Record<string, string> = {};
    for (const [i, segment] of entry.segments.entries()) {
      if (!segment.startsWith(':')) continue;
      const value = decoded(segments[i]!);
      if (value === undefined) return { kind: 'malformed' };
      params[segment.slice(1)] = value;
    }
    return { kind: 'route', route: entry.route, params };
  }
}

function hasNames({ segments }: Entry): boolean {
  return segments.some((segment) => segment.startsWith(':'));
}

function fits({ segments }: Entry, given: readonly string[]): boolean {
  if (segments.length !== given.length) return false;
  return segments.every((segment, i) => (segment.startsWith(':') ? given[i] !== '' : segment === given[i]));
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
