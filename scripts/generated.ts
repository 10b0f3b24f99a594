/** Files and README sections that are made from the code, so that they cannot say anything else. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { prometheusRules, RULE_DEFAULTS } from '../src/alerting/prometheus-rules.ts';
import { FINDINGS } from '../src/catalog/findings.ts';
import { loadCatalog } from '../src/catalog/load.ts';
import { appFileSchema, manifestSchema } from '../src/catalog/schema.ts';
import { BUNDLED_CATALOG, SETTINGS } from '../src/config.ts';
import { openApiDocument } from '../src/dashboard/openapi.ts';
import { connectorEventSchema } from '../src/events/connector-event-schema.ts';
import { DEAD_LETTER_HEADERS, DEAD_LETTER_REASONS } from '../src/events/dead-letter.ts';
import { deadLetterHeadersSchema } from '../src/events/dead-letter-schema.ts';
import { resolutionEventSchema } from '../src/events/resolution-event.ts';
import { PLACEHOLDERS } from '../src/matcher/pattern.ts';
import { LOG_EVENTS } from '../src/telemetry/log-events.ts';
import { METRICS } from '../src/telemetry/metric-table.ts';
import { VERSION } from '../src/version.ts';
import { avroSchema } from './avro-schema.ts';

const ROOT = new URL('../', import.meta.url);

/** Path from the project's root -> content, for every generated file. */
export function generatedFiles(): Map<string, string> {
  const readme = readFileSync(new URL('README.md', ROOT), 'utf8');
  return new Map([
    ['schemas/catalog-app.schema.json', jsonSchema(appFileSchema, 'A catalog file of connector-triage')],
    ['schemas/catalog-manifest.schema.json', jsonSchema(manifestSchema, 'catalog/catalog.yaml of connector-triage')],
    [
      'schemas/resolution-event.schema.json',
      jsonSchema(resolutionEventSchema, 'A resolution event of connector-triage'),
    ],
    [
      'schemas/connector-event.schema.json',
      jsonSchema(connectorEventSchema, 'A connector event as connector-triage reads it'),
    ],
    [
      'schemas/dead-letter-headers.schema.json',
      jsonSchema(deadLetterHeadersSchema, 'The headers of a dead letter of connector-triage'),
    ],
    [
      'schemas/connector-event.avsc',
      avroSchema(connectorEventSchema, { name: 'ConnectorEvent', anyValue: 'Values are plain texts.' }),
    ],
    [
      'schemas/resolution-event.avsc',
      avroSchema(resolutionEventSchema, {
        name: 'ResolutionEvent',
        anyValue: 'Each value is a JSON text.',
      }),
    ],
    [
      'schemas/dead-letter-headers.avsc',
      avroSchema(deadLetterHeadersSchema, {
        name: 'DeadLetterHeaders',
        anyValue: '',
        fieldName: (header) => header.replace(/^triage\.dlq\./, '').replaceAll('.', '_'),
      }),
    ],
    ['schemas/openapi.json', `${JSON.stringify(openApiDocument(VERSION), undefined, 2)}\n`],
    [
      'deploy/prometheus/connector-triage.rules.yml',
      prometheusRules({ ...RULE_DEFAULTS, catalog: loadCatalog(BUNDLED_CATALOG) }),
    ],
    ['README.md', withSections(readme)],
  ]);
}

function jsonSchema(schema: z.ZodType, title: string): string {
  return `${JSON.stringify({ title, ...z.toJSONSchema(schema, { io: 'input' }) }, undefined, 2)}\n`;
}

const SECTIONS: Readonly<Record<string, () => string>> = {
  settings: () =>
    table(
      ['setting', 'flag', 'environment', 'default', 'what for'],
      SETTINGS.map(({ path, flag, env, defaultValue, description, allowed }) => [
        `\`${path}\``,
        flag === undefined ? 'none' : `\`--${flag}\``,
        `\`${env}\``,
        path === 'catalog.folder' ? 'the bundled one' : defaultCell(defaultValue),
        `${description} (${allowed})`,
      ]),
    ),
  metrics: () =>
    table(
      ['metric', 'type', 'labels', 'meaning'],
      Object.values(METRICS).map(({ name, type, labels, help }) => [
        `\`${name}\``,
        type,
        labels.map((label) => `\`${label}\``).join(', '),
        help,
      ]),
    ),
  'log-events': () =>
    table(
      ['event', 'level', 'meaning'],
      Object.entries(LOG_EVENTS).map(([event, { levels, meaning }]) => [`\`${event}\``, levels.join(', '), meaning]),
    ),
  findings: () =>
    table(
      ['code', 'severity', 'what is wrong', 'what to do'],
      Object.entries(FINDINGS).map(([code, { severity, title, mend }]) => [`\`${code}\``, severity, title, mend]),
    ),
  placeholders: () =>
    table(
      ['placeholder', 'stands for'],
      Object.entries(PLACEHOLDERS).map(([name, { what }]) => [`\`{${name}}\``, what]),
    ),
  'dead-letters': () =>
    table(
      ['reason', 'meaning'],
      Object.entries(DEAD_LETTER_REASONS).map(([reason, meaning]) => [`\`${reason}\``, meaning]),
    ) +
    `\nHeaders: ${Object.values(DEAD_LETTER_HEADERS)
      .map((name) => `\`${name}\``)
      .join(', ')}.\n`,
};

function defaultCell(value: unknown): string {
  const text = Array.isArray(value) ? value.join(',') : String(value);
  return text === '' ? 'none' : `\`${text}\``;
}

/** Replaces what stands between `<!-- generated: NAME -->` and `<!-- end -->`. */
function withSections(text: string): string {
  return text.replace(
    /(<!-- generated: (\S+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, start: string, name: string, end: string) => {
      const section = SECTIONS[name];
      if (!section)
        throw new Error(`README.md asks for the section ${name}; there are ${Object.keys(SECTIONS).join(', ')}`);
      return `${start}${section()}${end}`;
    },
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return [head, head.map(() => '---'), ...rows].map(line).join('');
}
