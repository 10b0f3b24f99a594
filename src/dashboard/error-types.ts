/** The error types seen, at most `MAX_ERROR_TYPES`, each with its rate over time, tenants and latest examples. */

import { ownedExample } from './example.ts';
import {
  EXAMPLE_INTERVAL_MS,
  MAX_ERROR_TYPES,
  MAX_EXAMPLES_PER_TYPE,
  MAX_TENANTS_PER_TYPE,
  TENANT_KEPT_MS,
} from './limits.ts';
import type { ErrorGroup, TypeExample } from './observations.ts';
import { Ring } from './ring.ts';
import type { Example, Window } from './schema/error-types.ts';
import { owned } from './text.ts';

/** Names that no catalog entry has, since those hold a dot. */
export const UNCLASSIFIED = 'unclassified';
export const OTHER_TYPES = 'other';

/** How long and how finely each type's rate is kept. */
export const WINDOW_STEPS = {
  '1h': { stepMs: 10_000, steps: 360 },
  '24h': { stepMs: 300_000, steps: 288 },
} as const satisfies Record<Window, { stepMs: number; steps: number }>;

export interface TenantOfType {
  count: number;
  lastMs: number;
}

export interface SeenType {
  readonly id: string;
  readonly firstMs: number;
  lastMs: number;
  count: number;
  inferred: number;
  /** The board's number of the change that touched it last. */
  change: number;
  readonly tenSeconds: Ring;
  readonly fiveMinutes: Ring;
  readonly tenants: Map<string, TenantOfType>;
  /** Errors of tenants that left or found no room. */
  tenantsOther: number;
  /** None can leave before that. */
  tenantsFullUntilMs: number;
  /** Newest last. */
  readonly examples: Example[];
  lastExampleMs: number;
}

export class ErrorTypes {
  private readonly byId = new Map<string, SeenType>();

  all(): IterableIterator<SeenType> {
    return this.byId.values();
  }

  get(id: string): SeenType | undefined {
    return this.byId.get(id);
  }

  add(group: ErrorGroup, atMs: number, change: number): void {
    const seen = this.open(group.type ?? UNCLASSIFIED, atMs);
    seen.lastMs = Math.max(seen.lastMs, atMs);
    seen.count += group.count;
    seen.inferred += group.inferred;
    seen.change = change;
    seen.tenSeconds.add(atMs, group.count);
    seen.fiveMinutes.add(atMs, group.count);
    if (group.tenant !== null) addTenant(seen, group.tenant, group.count, atMs);
  }

  addExample({ type, example }: TypeExample, atMs: number): void {
    const seen = this.byId.get(type);
    if (seen === undefined || atMs - seen.lastExampleMs < EXAMPLE_INTERVAL_MS) return;
    seen.lastExampleMs = atMs;
    seen.examples.push(ownedExample(example));
    if (seen.examples.length > MAX_EXAMPLES_PER_TYPE) seen.examples.shift();
  }

  private open(id: string, atMs: number): SeenType {
    const known = this.byId.get(id);
    if (known !== undefined) return known;
    // One place is kept for the rest.
    if (this.byId.size >= MAX_ERROR_TYPES - 1 && id !== OTHER_TYPES) return this.open(OTHER_TYPES, atMs);
    const opened: SeenType = {
      id: owned(id),
      firstMs: atMs,
      lastMs: atMs,
      count: 0,
      inferred: 0,
      change: 0,
      tenSeconds: new Ring(WINDOW_STEPS['1h'].stepMs, WINDOW_STEPS['1h'].steps),
      fiveMinutes: new Ring(WINDOW_STEPS['24h'].stepMs, WINDOW_STEPS['24h'].steps),
      tenants: new Map(),
      tenantsOther: 0,
      tenantsFullUntilMs: 0,
      examples: [],
      lastExampleMs: Number.NEGATIVE_INFINITY,
    };
    this.byId.set(opened.id, opened);
    return opened;
  }
}

function addTenant(seen: SeenType, id: string, count: number, atMs: number): void {
  const known = seen.tenants.get(id);
  if (known !== undefined) {
    known.count += count;
    known.lastMs = Math.max(known.lastMs, atMs);
    return;
  }
  if (seen.tenants.size >= MAX_TENANTS_PER_TYPE && !forgetTenant(seen, atMs)) {
    seen.tenantsOther += count;
    return;
  }
  seen.tenants.set(owned(id), { count, lastMs: atMs });
}

/** False while all of them were seen of late. */
function forgetTenant(seen: SeenType, nowMs: number): boolean {
  if (nowMs < seen.tenantsFullUntilMs) return false;
  const [oldest, { count, lastMs }] = [...seen.tenants].reduce((a, b) => (b[1].lastMs < a[1].lastMs ? b : a));
  seen.tenantsFullUntilMs = lastMs + TENANT_KEPT_MS;
  if (nowMs < seen.tenantsFullUntilMs) return false;
  seen.tenants.delete(oldest);
  seen.tenantsOther += count;
  return true;
}
