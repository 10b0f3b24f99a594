/** What the page shows, kept in memory of fixed size: see `limits.ts`. Counts only; answers are made of it on request. */
import type { Catalog } from '../catalog/catalog.ts';
import { CatalogView } from './catalog-view.ts';
import { Connectors } from './connectors.ts';
import { ErrorTypes } from './error-types.ts';
import type { Observations } from './observations.ts';
import { Partitions } from './partitions.ts';
import { Ring } from './ring.ts';
import { Templates } from './templates.ts';

export interface OutcomeCounts {
  resolved: number;
  unclassified: number;
  ignored: number;
  deadLettered: number;
}

export interface BoardOptions {
  /** The catalog in use, asked for each time. */
  readonly catalog: () => Catalog;
  /** When counting begins, in milliseconds since 1970. */
  readonly startedMs: number;
}

export class Board {
  readonly startedMs: number;
  readonly outcomes: OutcomeCounts = { resolved: 0, unclassified: 0, ignored: 0, deadLettered: 0 };
  readonly records = new Ring(10_000, 30);
  readonly errors = new Ring(10_000, 60);
  readonly connectors = new Connectors();
  readonly types = new ErrorTypes();
  readonly templates = new Templates();
  readonly partitions = new Partitions();
  /** Grows with every batch that is added; what a batch touches has its number. */
  change = 0;
  /** When a batch was last finished, in milliseconds since 1970; undefined before the first one. */
  lastBatchMs: number | undefined;
  private readonly catalog: () => Catalog;
  private view: CatalogView;

  constructor({ catalog, startedMs }: BoardOptions) {
    this.catalog = catalog;
    this.startedMs = startedMs;
    this.view = new CatalogView(catalog());
  }

  get catalogView(): CatalogView {
    const catalog = this.catalog();
    if (catalog !== this.view.catalog) this.view = new CatalogView(catalog);
    return this.view;
  }

  add(observations: Observations): void {
    const { atMs, ignored, deadLettered, groups, templates, examples } = observations;
    const view = this.catalogView;
    const change = ++this.change;
    let errors = 0;
    for (const group of groups) {
      errors += group.count;
      if (group.type === null) this.outcomes.unclassified += group.count;
      else this.outcomes.resolved += group.count;
      this.connectors.add(group, atMs, change, view.kind(group.type));
      this.types.add(group, atMs, change);
    }
    for (const template of templates) this.templates.add(template, atMs);
    this.templates.forgottenRecords += observations.forgottenTemplates ?? 0;
    for (const example of examples) this.types.addExample(example, atMs);
    this.outcomes.ignored += ignored;
    this.outcomes.deadLettered += deadLettered;
    this.records.add(atMs, errors + ignored + deadLettered);
    this.errors.add(atMs, errors);
    this.partitions.setLag(observations, observations.lagRecords, atMs);
    this.partitions.setDelay(observations, observations.delayMs);
    this.lastBatchMs = Math.max(this.lastBatchMs ?? 0, atMs);
  }
}
