import type { Route } from './route.ts';
import { routes } from './routes/index.ts';

/** The routes at a path, those without parameters first. A parameter takes one segment. */
export const routesAt = (path: string): readonly Route[] => {
  const segments = path.replace(/(?<=.)\/$/, '').split('/');
  const matches = (route: Route): boolean => {
    const own = route.path.split('/');
    return own.length === segments.length && own.every((part, n) => part.startsWith('{') || part === segments[n]);
  };
  return routes.filter(matches).toSorted((a, b) => a.path.split('{').length - b.path.split('{').length);
};
