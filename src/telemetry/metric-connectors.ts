/** Which connectors have metric series of their own: the first ones that come, up to a limit. */
import { OTHER_CONNECTORS } from './metric-labels.ts';

export class BoundedConnectors {
  private readonly known = new Set<string>();
  private readonly max: number;

  /** `max`: 0 or more. */
  constructor(max: number) {
    this.max = max;
  }

  /** `connector` itself, or `other` for every one that comes after `max` others. The same connector of two apps is two. */
  labelOf(app: string, connector: string): string {
    const key = `${app}\n${connector}`;
    if (this.known.has(key)) return connector;
    if (this.known.size >= this.max) return OTHER_CONNECTORS;
    this.known.add(key);
    return connector;
  }
}
