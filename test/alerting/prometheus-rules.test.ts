/** What promtool cannot see; that the rules are valid and work is in test/deploy/prometheus.test.ts. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { prometheusRules, RULE_DEFAULTS } from '../../src/alerting/prometheus-rules.ts';
import { loadCatalog } from '../../src/catalog/load.ts';
import { BUNDLED_CATALOG } from '../../src/config.ts';

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const catalog = loadCatalog(BUNDLED_CATALOG);

function rulesWith(options: Partial<Parameters<typeof prometheusRules>[0]>): Rule[] {
  const { groups } = parse(prometheusRules({ ...RULE_DEFAULTS, catalog, ...options })) as {
    groups: { rules: Rule[] }[];
  };
  return groups.flatMap((group) => group.rules);
}

function alert(name: string, options: Parameters<typeof rulesWith>[0]): Rule | undefined {
  return rulesWith(options).find((rule) => rule.alert === name);
}

describe('prometheusRules', () => {
  it('is the same text for the same catalog, and says which that is', () => {
    const options = { ...RULE_DEFAULTS, catalog };
    expect(prometheusRules(options)).toBe(prometheusRules({ ...options, catalog: loadCatalog(BUNDLED_CATALOG) }));
    expect(prometheusRules(options)).toContain(`Catalog ${catalog.version}, digest ${catalog.digest}.`);
  });

  it('names the runbooks where they are', () => {
    const urls = rulesWith({ runbooks: 'https://wiki.example/triage' }).flatMap(({ annotations }) =>
      annotations === undefined ? [] : [annotations.runbook_url],
    );
    expect(urls.length).toBeGreaterThan(10);
    for (const url of urls) expect(url).toMatch(/^https:\/\/wiki\.example\/triage\/Triage\w+\.md$/);
  });

  it('misses the job that it is told of', () => {
    expect(alert('TriageAbsent', { job: 'triage/prod' })?.expr).toBe('absent(triage_build_info{job="triage/prod"})');
  });

  it('has the floors that it is told of, in the windows that it has', () => {
    expect(alert('TriageErrorSpike', { spikeFloor: 7 })?.expr).toContain('rate5m * 300 >= 7\n');
    expect(alert('TriageErrorSpike', { spikeFloor: 7, shorten: 100 })?.expr).toContain('rate5m * 3 >= 7\n');
    expect(alert('TriageConnectorFailing', { connectorFloor: 3 })?.expr).toContain('increase10m >= 3\n');
  });

  it('has a series for each entry, with texts of one line that are cut where they are very long', () => {
    const [first] = catalog.entries;
    const resolution = { ...first!.resolution, summary: 'one\n two', steps: ['a', `${'b'.repeat(2_000)}`] };
    const entries = [{ ...first!, resolution }];
    const labels = rulesWith({ catalog: { ...catalog, entries } })
      .filter(({ record }) => record === 'error_type:triage_catalog_entry:info')
      .map((rule) => rule.labels!);
    expect(labels.map(({ error_type }) => error_type)).toEqual([first!.id, 'unclassified', 'inferred']);
    expect(labels[0]).toMatchObject({ title: first!.title, resolution: 'one two', owner: resolution.owner });
    expect(labels[0]!.steps).toMatch(/^1\. a 2\. b+…$/);
    expect(labels[0]!.steps).toHaveLength(1_000);
  });
});
