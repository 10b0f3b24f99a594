/** The connectors with errors, at most `MAX_CONNECTORS`, each with its recent counts, types and state. */
import { createHash } from 'node:crypto';
import { type ErrorKind, StateOfConnector } from './connector-state.ts';
import { CONNECTOR_KEPT_MS, MAX_CONNECTORS, MAX_TYPES_PER_CONNECTOR } from './limits.ts';
import type { ErrorGroup } from './observations.ts';
import { Ring } from './ring.ts';
import { owned, ownedOrNull } from './text.ts';

/** After so long an error counts half for what is frequent of late. */
const HALF_LIFE_MS = 600_000;

/** An error type of one connector. */
export interface TypeOfConnector {
  /** Null: unclassified. */
  readonly type: string | null;
  readonly firstMs: number;
  lastMs: number;
  count: number;
  /** As of `lastMs`. */
  weight: number;
}

export interface Connector {
  readonly key: string;
  readonly app: string | null;
  readonly connectorId: string | null;
  readonly firstMs: number;
  lastMs: number;
  count: number;
  /** The board's number of the change that touched it last. */
  change: number;
  readonly minutes: Ring;
  readonly halfHours: Ring;
  readonly state: StateOfConnector;
  readonly types: TypeOfConnector[];
  typesForgotten: boolean;
}

export class Connectors {
  /** Errors of connectors that came when there was no room. */
  folded = 0;
  /** By app, then by connector id. */
  private readonly byApp = new Map<string | null, Map<string | null, Connector>>();
  private readonly byKey = new Map<string, Connector>();
  /** No connector can leave before that. */
  private fullUntilMs = 0;

  get size(): number {
    return this.byKey.size;
  }

  all(): IterableIterator<Connector> {
    return this.byKey.values();
  }

  withKey(key: string): Connector | undefined {
    return this.byKey.get(key);
  }

  add(group: ErrorGroup, atMs: number, change: number, kind: ErrorKind | undefined): void {
    const connector = this.byApp.get(group.app)?.get(group.connector) ?? this.open(group, atMs);
    if (connector === undefined) {
      this.folded += group.count;
      return;
    }
    connector.lastMs = Math.max(connector.lastMs, atMs);
    connector.count += group.count;
    connector.change = change;
    connector.minutes.add(atMs, group.count);
    connector.halfHours.add(atMs, group.count);
    const certain = group.count - group.inferred;
    connector.state.observe(atMs, certain, certain > 0 ? kind : undefined, connector.minutes);
    addType(connector, group, atMs);
  }

  private open({ app, connector }: ErrorGroup, atMs: number): Connector | undefined {
    if (this.byKey.size >= MAX_CONNECTORS && !this.makeRoom(atMs)) return undefined;
    const opened: Connector = {
      key: createHash('sha256')
        .update(JSON.stringify([app, connector]))
        .digest('hex')
        .slice(0, 16),
      app: this.byApp.get(app)?.values().next().value?.app ?? ownedOrNull(app),
      connectorId: ownedOrNull(connector),
      firstMs: atMs,
      lastMs: atMs,
      count: 0,
      change: 0,
      minutes: new Ring(60_000, 60),
      halfHours: new Ring(1_800_000, 48),
      state: new StateOfConnector(),
      types: [],
      typesForgotten: false,
    };
    let ofApp = this.byApp.get(app);
    if (ofApp === undefined) {
      ofApp = new Map();
      this.byApp.set(opened.app, ofApp);
    }
    ofApp.set(opened.connectorId, opened);
    this.byKey.set(opened.key, opened);
    return opened;
  }

  /** All that were quiet for long enough leave at once: looking for them takes as long as going over all. */
  private makeRoom(nowMs: number): boolean {
    if (nowMs < this.fullUntilMs) return false;
    let oldestMs = nowMs;
    for (const { key, app, connectorId, lastMs } of this.byKey.values()) {
      if (nowMs - lastMs < CONNECTOR_KEPT_MS) oldestMs = Math.min(oldestMs, lastMs);
      else this.remove(key, app, connectorId);
    }
    this.fullUntilMs = oldestMs + CONNECTOR_KEPT_MS;
    return this.byKey.size < MAX_CONNECTORS;
  }

  private remove(key: string, app: string | null, connectorId: string | null): void {
    this.byKey.delete(key);
    const ofApp = this.byApp.get(app)!;
    ofApp.delete(connectorId);
    if (ofApp.size === 0) this.byApp.delete(app);
  }
}

/** What the errors of this type weigh now, the older the less. */
export function weightAt({ weight, lastMs }: TypeOfConnector, nowMs: number): number {
  return weight * 2 ** (-Math.max(0, nowMs - lastMs) / HALF_LIFE_MS);
}

function addType(connector: Connector, { type, count }: ErrorGroup, atMs: number): void {
  const known = connector.types.find((each) => each.type === type);
  if (known !== undefined) {
    known.weight = weightAt(known, atMs) + count;
    known.count += count;
    known.lastMs = Math.max(known.lastMs, atMs);
    return;
  }
  if (connector.types.length >= MAX_TYPES_PER_CONNECTOR) {
    const least = connector.types.reduce((a, b) => (weightAt(b, atMs) < weightAt(a, atMs) ? b : a));
    connector.types.splice(connector.types.indexOf(least), 1);
    connector.typesForgotten = true;
  }
  const owner = type === null ? null : owned(type);
  connector.types.push({ type: owner, firstMs: atMs, lastMs: atMs, count, weight: count });
}
