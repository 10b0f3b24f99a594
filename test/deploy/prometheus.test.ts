/** The rules, their tests and their runbooks, as Prometheus's own tools read them. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { prometheusRules, RULE_DEFAULTS } from '../../src/alerting/prometheus-rules.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { loadCatalog } from '../../src/catalog/load.ts';
import { BUNDLED_CATALOG } from '../../src/config.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { ROOT, textOf, yamlOf } from './files.ts';
import { namesIn, runTool, SERIES } from './promtool.ts';
import { itWith } from './tools.ts';

const RULES = 'deploy/prometheus/connector-triage.rules.yml';
const TESTS = 'deploy/prometheus/tests';
const RUNBOOKS = 'deploy/runbooks';

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface ExpectedAlert {
  readonly exp_labels: Readonly<Record<string, string>>;
}

interface RuleTest {
  readonly name: string;
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly ExpectedAlert[] }[];
}

const rules = yamlOf<{ groups: { rules: Rule[] }[] }>(RULES).groups.flatMap((group) => group.rules);
const alerts = rules.flatMap((rule) => (rule.alert === undefined ? [] : [{ ...rule, alert: rule.alert }]));
/** An alert that grows more urgent has a rule for each severity, the mildest first. */
const severities = Map.groupBy(alerts, ({ alert }) => alert);
const recorded = new Map(rules.flatMap(({ record, expr }) => (record === undefined ? [] : [[record, expr]])));
const testFiles = namesOf(TESTS);
const ruleTests = testFiles.flatMap((file) => yamlOf<{ tests: RuleTest[] }>(`${TESTS}/${file}`).tests);
const catalog = loadCatalog(BUNDLED_CATALOG);

function namesOf(folder: string): string[] {
  return readdirSync(fileURLToPath(new URL(folder, ROOT))).sort();
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, ROOT));
}

/** Tests of an alert; each is of the rules as they stand in the file. */
function testsOf(alert: string) {
  return ruleTests.flatMap(({ name, alert_rule_test }) =>
    alert_rule_test.filter(({ alertname }) => alertname === alert).map((each) => ({ name, ...each })),
  );
}

function countsFromCounters(expr: string): boolean {
  return namesIn(expr).some((name) => name.endsWith('_total') || countsFromCounters(recorded.get(name) ?? ''));
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'triage-rules-'));
  return () => rmSync(folder, { recursive: true });
});

itWith(['promtool'], 'what /metrics exposes is clean for promtool', async ({ promtool }) => {
  const topics = { input: 'in', output: 'out', deadLetter: 'dlq' };
  const catalog = loadCatalog(BUNDLED_CATALOG);
  const metrics = new Metrics({ catalog, maxConnectors: 10, countsInferred: true, topics, version: '1.2.3' });
  metrics.setCertificateEnd({ use: 'kafka', kind: 'client', endsAtMs: 1_000 });
  const { body } = await metrics.exposition();
  expect(runTool(promtool, ['check', 'metrics'], body)).toEqual({ code: 0, output: '' });
});

describe(RULES, () => {
  it('asks for metrics that exist', () => {
    const asked = rules.flatMap(({ expr, annotations }) =>
      namesIn([expr, ...Object.values(annotations ?? {})].join(' ')),
    );
    expect(new Set(asked.filter((name) => !SERIES.has(name) && !recorded.has(name)))).toEqual(new Set());
    expect(asked).toContain('triage_errors_total');
  });

  it('says for every error type what to do', () => {
    const types = rules.flatMap(({ labels }) => (labels?.error_type === undefined ? [] : [labels]));
    expect(types.map(({ error_type }) => error_type)).toEqual([
      ...catalog.entries.map(({ id }) => id),
      'unclassified',
      'inferred',
    ]);
    for (const { title, resolution, steps, action, owner } of types)
      for (const text of [title, resolution, steps, action, owner]) expect(text).toMatch(/\S/);
  });

  it.each(alerts)('$alert has a severity, a summary and a description', ({ labels, annotations }) => {
    expect(['critical', 'warning', 'info']).toContain(labels?.severity);
    expect(annotations).toMatchObject({
      summary: expect.stringMatching(/\S/),
      description: expect.stringMatching(/\S/),
    });
  });

  itWith(['promtool'], 'is what promtool takes', ({ promtool }) => {
    expect(runTool(promtool, ['check', 'rules', pathOf(RULES)])).toMatchObject({ code: 0 });
  });

  itWith(['promtool'], 'fires, stays quiet and resolves as its tests say', ({ promtool }) => {
    const { code, output } = runTool(promtool, [
      'test',
      'rules',
      ...testFiles.map((file) => pathOf(`${TESTS}/${file}`)),
    ]);
    expect(output).not.toContain('FAILED');
    expect(code).toBe(0);
  });
});

describe(TESTS, () => {
  it.each(alerts)('shows when $alert ($labels.severity) fires, and when it does not', ({ alert, labels }) => {
    const expectations = testsOf(alert).map(({ exp_alerts }) =>
      exp_alerts.some(({ exp_labels }) => exp_labels.severity === labels?.severity),
    );
    expect(new Set(expectations)).toEqual(new Set([true, false]));
  });

  it.each(alerts.filter(({ expr }) => countsFromCounters(expr)))(
    'shows what a restart, which sets counters to 0, means for $alert',
    ({ alert }) => {
      expect(testsOf(alert).map(({ name }) => name)).toContainEqual(expect.stringMatching(/restart/));
    },
  );

  it('tests no alert that is gone, with no metric that is gone', () => {
    const tested = ruleTests.flatMap(({ alert_rule_test }) => alert_rule_test.map(({ alertname }) => alertname));
    expect(new Set(tested)).toEqual(new Set(alerts.map(({ alert }) => alert)));
    for (const { series } of ruleTests.flatMap(({ input_series }) => input_series)) {
      const labels = SERIES.get(series.slice(0, series.indexOf('{')));
      const given = [...series.matchAll(/(\w+)="/g)].map(([, label]) => label!);
      expect(['job', 'instance', ...(labels ?? [])], series).toEqual(expect.arrayContaining(given));
    }
  });
});

describe(RUNBOOKS, () => {
  it.each(alerts)('has a page for $alert: symptom, metric, check, action', ({ alert, annotations, labels }) => {
    expect(annotations?.runbook_url).toBe(`${RUNBOOKS}/${alert}.md`);
    const page = textOf(`${RUNBOOKS}/${alert}.md`);
    expect(page.match(/^#+ .*$/gm)).toEqual([`# ${alert}`, '## Symptom', '## Metric', '## Check', '## Action']);
    expect(page).toMatch(new RegExp(`\nSeverity: (\\w+; )?${labels?.severity}\\b.*\n`));
    expect(namesIn(page).filter((name) => !SERIES.has(name) && !recorded.has(name))).toEqual([]);
    expect(namesIn(page).length).toBeGreaterThan(0);
  });

  it('has no other pages, and an index of all', () => {
    const pages = [...severities.keys()].map((alert) => `${alert}.md`);
    expect(namesOf(RUNBOOKS)).toEqual([...pages, 'README.md'].sort());
    const index = [...textOf(`${RUNBOOKS}/README.md`).matchAll(/^\| \[(\w+)\]\((\w+\.md)\) \| ([\w, ]+) \|/gm)];
    const listed = index.map(([, alert, page, severity]) => [alert, page, severity].join(' '));
    expect(listed.toSorted()).toEqual(
      [...severities]
        .map(([alert, rules]) => `${alert} ${alert}.md ${rules.map(({ labels }) => labels?.severity).join(', ')}`)
        .toSorted(),
    );
  });

  it.each(alerts)('leads from $alert only to pages that are there', ({ alert }) => {
    const links = [...textOf(`${RUNBOOKS}/${alert}.md`).matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link!);
    expect(namesOf(RUNBOOKS)).toEqual(expect.arrayContaining(links));
  });
});

describe('triage generate prometheus', () => {
  const [first] = catalog.entries;
  const hostile: Catalog = {
    ...catalog,
    entries: [
      '{{ query "up" }} "quoted" \'single\' \\ back',
      'a: b # no comment\n- and: more\n\n\ttabs \u0000 \u2028 \u202e',
      '%s %d $labels `code` | table',
      'x'.repeat(2_000),
      `${'😀'.repeat(600)}`,
      '- |\n  & * ! > @',
    ].map((text, i) => ({
      ...first!,
      id: `box.hostile-${i}`,
      title: text,
      resolution: { ...first!.resolution, summary: text, steps: Array.from({ length: 20 }, () => text) },
    })),
  };

  itWith(['promtool'], 'writes valid rules for a catalog with any texts', ({ promtool }) => {
    const file = join(folder, 'hostile.yml');
    writeFileSync(file, prometheusRules({ ...RULE_DEFAULTS, catalog: hostile }));
    expect(runTool(promtool, ['check', 'rules', file])).toMatchObject({ code: 0 });
  });

  itWith(['promtool'], 'writes texts of the catalog into alerts as they stand', ({ promtool }) => {
    writeFileSync(join(folder, 'texts.yml'), prometheusRules({ ...RULE_DEFAULTS, catalog: hostile }));
    const test = join(folder, 'texts.test.yml');
    const series =
      'triage_connector_disconnections_total{job="j",instance="i",app="box",connector="{{ $x }}",error_type="box.hostile-0"}';
    writeFileSync(
      test,
      JSON.stringify({
        rule_files: ['texts.yml'],
        evaluation_interval: '1m',
        tests: [
          {
            interval: '1m',
            input_series: [{ series, values: '0+1x60' }],
            alert_rule_test: [{ eval_time: '40m', alertname: 'TriageConnectorDisconnected', exp_alerts: [] }],
          },
        ],
      }),
    );
    const { code, output } = runTool(promtool, ['test', 'rules', test]);
    expect(code).toBe(1);
    expect(output).toContain('{{ query \\"up\\" }} \\"quoted\\" \'single\' \\\\ back. The connector reads nothing');
    expect(output).toContain('summary="box connector {{ $x }} is disconnected (box.hostile-0)"');
  });

  itWith(['promtool'], 'writes valid rules whatever durations are divided by', ({ promtool }) => {
    for (const shorten of [7, 60, 150, 999, 1_000]) {
      const file = join(folder, `short-${shorten}.yml`);
      writeFileSync(file, prometheusRules({ ...RULE_DEFAULTS, catalog, shorten }));
      expect(runTool(promtool, ['check', 'rules', file])).toMatchObject({ code: 0 });
    }
  });
});

describe('deploy/prometheus/alertmanager.example.yml', () => {
  itWith(['amtool'], 'is what Alertmanager takes', ({ amtool }) => {
    expect(runTool(amtool, ['check-config', pathOf('deploy/prometheus/alertmanager.example.yml')])).toMatchObject({
      code: 0,
    });
  });

  it('names only alerts that there are', () => {
    const named = [...textOf('deploy/prometheus/alertmanager.example.yml').matchAll(/\bTriage\w+/g)].map(
      ([name]) => name,
    );
    expect(named.length).toBeGreaterThan(0);
    expect(alerts.map(({ alert }) => alert)).toEqual(expect.arrayContaining(named));
  });
});

describe('/metrics', () => {
  itWith(['promtool'], 'has nothing that promtool finds fault with', async ({ promtool }) => {
    const metrics = new Metrics({
      catalog,
      maxConnectors: 10,
      countsInferred: false,
      topics: { input: 'in', output: 'out', deadLetter: 'dlq' },
      version: '1.2.3',
    });
    onTestFinished(() => metrics.registry.clear());
    const { body } = await metrics.exposition();
    expect(runTool(promtool, ['check', 'metrics'], body)).toEqual({ code: 0, output: '' });
  });
});
