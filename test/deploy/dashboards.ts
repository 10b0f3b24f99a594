/** The Grafana dashboards, as far as tests look at them. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ROOT, textOf } from './files.ts';

interface Source {
  readonly uid: string;
}

export interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly description: string;
  readonly datasource: Source;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly datasource: Source; readonly expr: string; readonly legendFormat: string }[];
  readonly fieldConfig: { readonly defaults: { readonly unit: string } };
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly definition?: string;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly templating: { readonly list: readonly Variable[] };
}

export const DASHBOARDS_FOLDER = 'deploy/grafana';
export const DASHBOARDS = readdirSync(fileURLToPath(new URL(DASHBOARDS_FOLDER, ROOT))).map((file) => ({
  file,
  dashboard: JSON.parse(textOf(`${DASHBOARDS_FOLDER}/${file}`)) as Dashboard,
}));

/** As Grafana would send it: its variables become something that stands where they stand. */
export function filledIn(expr: string): string {
  return expr
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('$__range', '1h')
    .replace(/"\$\w+"/g, '".*"');
}
