import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { DASHBOARDS, DASHBOARDS_FOLDER, filledIn } from './dashboards.ts';
import { service, yamlOf } from './files.ts';
import { namesIn, runTool, SERIES } from './promtool.ts';
import { itWith } from './tools.ts';

const PROVISIONING = 'deploy/compose/grafana/provisioning';

const panels = DASHBOARDS.flatMap(({ file, dashboard }) => dashboard.panels.map((panel) => ({ file, ...panel })));
const targets = panels.flatMap(({ file, title, targets: all }) => all.map((target) => ({ file, title, ...target })));

interface RecordingRule {
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Recorded series -> the labels that they have. */
const recorded = new Map(
  yamlOf<{ groups: { rules: RecordingRule[] }[] }>('deploy/prometheus/connector-triage.rules.yml')
    .groups.flatMap((group) => group.rules)
    .flatMap(({ record, expr, labels }) =>
      record === undefined ? [] : [[record, [...groupedBy(expr), ...Object.keys(labels ?? {})]] as const],
    ),
);

/** What Prometheus adds to every series, and Node's own metrics. */
const TARGET_LABELS = ['job', 'instance'];
const ALERTS_LABELS = ['alertname', 'alertstate', 'app', 'error_type'];

function groupedBy(expr: string): string[] {
  return [...expr.matchAll(/\b(?:by|group_left) \(([^)]*)\)/g)].flatMap(([, list]) =>
    list!.split(',').map((label) => label.trim()),
  );
}

function labelsOf(name: string): readonly string[] | undefined {
  return SERIES.get(name) ?? recorded.get(name);
}

describe('the Grafana dashboards', () => {
  it.each(targets)('ask for metrics and labels that exist: $file, $title', ({ expr, legendFormat }) => {
    const names = namesIn(expr);
    expect(names.filter((name) => labelsOf(name) === undefined)).toEqual([]);
    const labels = [...TARGET_LABELS, ...ALERTS_LABELS, ...names.flatMap((name) => labelsOf(name) ?? [])];
    const matched = [...expr.matchAll(/[{,]\s*(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label!);
    const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!);
    expect([...groupedBy(expr), ...matched, ...shown].filter((label) => !labels.includes(label))).toEqual([]);
  });

  itWith(['promtool'], 'ask in PromQL that parses', ({ promtool }) => {
    const folder = mkdtempSync(join(tmpdir(), 'triage-dashboards-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const annotations = DASHBOARDS.flatMap(({ dashboard }) => dashboard.annotations.list);
    const rules = [...targets, ...annotations].map(({ expr }, i) => ({ record: `expr_${i}`, expr: filledIn(expr) }));
    const file = join(folder, 'expressions.yml');
    writeFileSync(file, stringify({ groups: [{ name: 'dashboards', rules }] }));
    expect(runTool(promtool, ['check', 'rules', file])).toMatchObject({ code: 0 });
  });

  it.each(targets)('follow the scrape interval and the time shown: $file, $title', ({ expr }) => {
    for (const [, name, window] of expr.matchAll(/(triage_\w+|process_\w+)(?:\{[^}]*\})?\[([^\]]+)\]/g))
      if (!recorded.has(name!) && !expr.includes(`:${name}`))
        expect(['$__rate_interval', '$__range']).toContain(window);
  });

  it.each(panels)('say what they show, in which unit: $file, $title', ({ description, fieldConfig }) => {
    expect(description).toMatch(/\.$/);
    expect(fieldConfig.defaults.unit).toMatch(/\S/);
  });

  it.each(panels)('use the data source that is chosen: $file, $title', ({ datasource, targets: all }) => {
    const sources = [datasource, ...all.map((target) => target.datasource)];
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's way to write a variable.
    expect(new Set(sources.map(({ uid }) => uid))).toEqual(new Set(['${datasource}']));
  });

  it.each(DASHBOARDS)('$file uses the variables that it has', ({ dashboard }) => {
    const variables = dashboard.templating.list.map(({ name }) => name);
    const used = [...JSON.stringify(dashboard).matchAll(/=~\\"\$(\w+)\\"/g)].map(([, name]) => name!);
    expect(new Set([...used, 'datasource'])).toEqual(new Set(variables));
    const asked = dashboard.templating.list.flatMap(({ definition }) => namesIn(definition ?? ''));
    expect(asked.filter((name) => labelsOf(name) === undefined)).toEqual([]);
  });

  it.each(DASHBOARDS)('$file has panels that do not overlap, with ids of their own', ({ dashboard }) => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
  });

  it('keep their addresses', () => {
    expect(DASHBOARDS.map(({ dashboard }) => dashboard.uid).sort()).toEqual([
      'connector-triage-connector',
      'connector-triage-overview',
      'connector-triage-pipeline',
    ]);
  });
});

describe('Grafana in docker-compose.yml', () => {
  it('has the Prometheus service as its data source, with its scrape interval', () => {
    interface Sources {
      readonly datasources: readonly {
        readonly type: string;
        readonly url: string;
        readonly isDefault: boolean;
        readonly jsonData: { readonly timeInterval: string };
      }[];
    }
    const { datasources } = yamlOf<Sources>(`${PROVISIONING}/datasources/prometheus.yml`);
    const prometheus = yamlOf<{ readonly global: { readonly scrape_interval: string } }>(
      'deploy/compose/prometheus.yml',
    );
    expect(datasources).toMatchObject([{ type: 'prometheus', url: 'http://prometheus:9090', isDefault: true }]);
    expect(datasources[0]?.jsonData.timeInterval).toBe(prometheus.global.scrape_interval);
  });

  it('has the dashboards where the provider and the start page look for them', () => {
    interface Providers {
      readonly providers: readonly { readonly options: { readonly path: string } }[];
    }
    const { providers } = yamlOf<Providers>(`${PROVISIONING}/dashboards/connector-triage.yml`);
    const grafana = service('grafana');
    const path = providers[0]?.options.path;
    expect(grafana.volumes).toContain(`./${DASHBOARDS_FOLDER}:${path}:ro`);
    expect(grafana.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH).toBe(`${path}/overview.json`);
    expect(DASHBOARDS.map(({ file }) => file)).toContain('overview.json');
  });

  it('lets everybody look and nobody sign in', () => {
    expect(service('grafana').environment).toMatchObject({
      GF_AUTH_ANONYMOUS_ENABLED: 'true',
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
      GF_AUTH_DISABLE_LOGIN_FORM: 'true',
      GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: 'true',
    });
  });
});
