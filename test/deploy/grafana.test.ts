import { describe, expect, it } from 'vitest';
import { METRICS } from '../../src/telemetry/metric-table.ts';
import { service, textOf, yamlOf } from './files.ts';

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly datasource: { readonly uid: string };
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
}

const FOLDER = 'deploy/compose/grafana';
const dashboard: Dashboard = JSON.parse(textOf(`${FOLDER}/dashboards/connector-triage.json`));
const targets = dashboard.panels.flatMap((panel) => panel.targets.map((target) => ({ title: panel.title, ...target })));

/** Series by the name that a query uses. */
const SERIES = new Map<string, { readonly labels: readonly string[] }>(
  Object.values(METRICS).flatMap(({ name, type, labels }) =>
    type === 'histogram' ? [[`${name}_bucket`, { labels: [...labels, 'le'] }] as const] : [[name, { labels }] as const],
  ),
);

describe('the Grafana dashboard', () => {
  it.each(targets)('asks for metrics and labels that exist: $title, $legendFormat', ({ expr, legendFormat }) => {
    const names = expr.match(/\btriage_\w+/g) ?? [];
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !SERIES.has(name))).toEqual([]);
    const labels = names.flatMap((name) => SERIES.get(name)!.labels);
    const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) =>
      list!.split(',').map((label) => label.trim()),
    );
    const matched = [...expr.matchAll(/[{,]\s*(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label!);
    const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!);
    expect([...grouped, ...matched].filter((label) => !labels.includes(label))).toEqual([]);
    expect(shown.filter((label) => !grouped.includes(label))).toEqual([]);
  });

  it('uses the provisioned data source, which is the Prometheus service', () => {
    interface Sources {
      readonly datasources: readonly {
        readonly uid: string;
        readonly url: string;
        readonly jsonData: { readonly timeInterval: string };
      }[];
    }
    const { datasources } = yamlOf<Sources>(`${FOLDER}/provisioning/datasources/prometheus.yml`);
    const prometheus = yamlOf<{ readonly global: { readonly scrape_interval: string } }>(
      'deploy/compose/prometheus.yml',
    );
    expect(datasources).toHaveLength(1);
    const [source] = datasources;
    expect(new Set(dashboard.panels.map((panel) => panel.datasource.uid))).toEqual(new Set([source?.uid]));
    expect(source?.url).toBe('http://prometheus:9090');
    expect(source?.jsonData.timeInterval).toBe(prometheus.global.scrape_interval);
  });

  it('is where the provider and the start page look for it', () => {
    interface Providers {
      readonly providers: readonly { readonly options: { readonly path: string } }[];
    }
    const { providers } = yamlOf<Providers>(`${FOLDER}/provisioning/dashboards/connector-triage.yml`);
    const grafana = service('grafana');
    const path = providers[0]?.options.path;
    expect(grafana.volumes).toContain(`./${FOLDER}/dashboards:${path}:ro`);
    expect(grafana.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH).toBe(`${path}/connector-triage.json`);
  });

  it('lets everybody look and nobody sign in', () => {
    expect(service('grafana').environment).toMatchObject({
      GF_AUTH_ANONYMOUS_ENABLED: 'true',
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
      GF_AUTH_DISABLE_LOGIN_FORM: 'true',
      GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: 'true',
    });
  });

  it('has panels that do not overlap, with ids of their own', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});
