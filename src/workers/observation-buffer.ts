/**
 * What a worker has seen since its last report, in bounded memory whatever the records are and however long the parent does
 * not listen: equal groups are added up, texts are limited.
 */
import { EXAMPLE_INTERVAL_MS } from '../dashboard/limits.ts';
import type { ErrorGroup, Observations, TemplateGroup, TypeExample } from '../dashboard/observations.ts';

/** Groups told one by one; errors past them are counted by error type only. */
const MAX_GROUPS = 5_000;
/** Groups of unclassified messages in one report, each with two texts; past them records are only counted. */
const MAX_TEMPLATES = 300;

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Progress = Pick<Observations, 'atMs' | 'topic' | 'partition' | 'lagRecords' | 'delayMs'>;

export class ObservationBuffer {
  private readonly progress = new Map<string, Progress>();
  private readonly groups = new Map<string, Writable<ErrorGroup>>();
  private readonly templates = new Map<string, TemplateGroup>();
  private readonly examples = new Map<string, TypeExample>();
  /** When an example of the type was last taken along, in milliseconds since 1970. */
  private readonly exampleMs = new Map<string, number>();
  private ignored = 0;
  private deadLettered = 0;
  private forgottenTemplates = 0;

  add(observations: Observations): void {
    const { atMs, topic, partition, lagRecords, delayMs } = observations;
    this.progress.set(`${topic}\n${partition}`, { atMs, topic, partition, lagRecords, delayMs });
    this.ignored += observations.ignored;
    this.deadLettered += observations.deadLettered;
    this.forgottenTemplates += observations.forgottenTemplates ?? 0;
    for (const group of observations.groups) this.addGroup(group);
    for (const template of observations.templates) this.addTemplate(template);
    for (const example of observations.examples) {
      const isDue = atMs - (this.exampleMs.get(example.type) ?? Number.NEGATIVE_INFINITY) >= EXAMPLE_INTERVAL_MS;
      if (!isDue) continue;
      this.exampleMs.set(example.type, atMs);
      this.examples.set(example.type, example);
    }
  }

  /** Everything since the last call. All counts stand in the first of them; the others tell how far their partition is. */
  take(): Observations[] {
    const counted = {
      ignored: this.ignored,
      deadLettered: this.deadLettered,
      groups: [...this.groups.values()],
      templates: [...this.templates.values()],
      forgottenTemplates: this.forgottenTemplates,
      examples: [...this.examples.values()],
    };
    const nothing = { ignored: 0, deadLettered: 0, groups: [], templates: [], examples: [] };
    const taken = [...this.progress.values()].map((progress, i) => ({ ...(i === 0 ? counted : nothing), ...progress }));
    for (const each of [this.progress, this.groups, this.templates, this.examples]) each.clear();
    this.ignored = 0;
    this.deadLettered = 0;
    this.forgottenTemplates = 0;
    return taken;
  }

  private addGroup(group: ErrorGroup): void {
    const key = keyOf(group);
    const known = this.groups.get(key);
    if (known !== undefined) {
      known.count += group.count;
      known.inferred += group.inferred;
    } else if (this.groups.size < MAX_GROUPS || isNameless(group)) {
      this.groups.set(key, { ...group });
    } else {
      this.addGroup({ ...group, app: null, connector: null, tenant: null });
    }
  }

  private addTemplate(template: TemplateGroup): void {
    const known = this.templates.get(template.fingerprint);
    if (known === undefined && this.templates.size >= MAX_TEMPLATES) this.forgottenTemplates += template.count;
    else this.templates.set(template.fingerprint, { ...template, count: template.count + (known?.count ?? 0) });
  }
}

/** No connector is another one than one that is named `null`. */
function keyOf({ app, connector, tenant, type }: ErrorGroup): string {
  return JSON.stringify([app, connector, tenant, type]);
}

/** There are no more of them than error types. */
function isNameless({ app, connector, tenant }: ErrorGroup): boolean {
  return app === null && connector === null && tenant === null;
}
