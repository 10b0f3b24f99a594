import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RULE_DEFAULTS } from '../../src/alerting/prometheus-rules.ts';
import { loadCatalog } from '../../src/catalog/load.ts';
import { configWith, SETTINGS } from '../../src/config.ts';
import { OUTCOMES } from '../../src/events/outcome.ts';
import { compile } from '../../src/matcher/matcher.ts';
import { processRecord } from '../../src/pipeline/pipeline.ts';
import { createRedaction } from '../../src/redaction/redactor.ts';
import { VERSION } from '../../src/version.ts';
import { COMPOSE, ROOT, service, textOf, yamlOf } from './files.ts';
import { runTool } from './promtool.ts';
import { itWith } from './tools.ts';

const OURS = ['token', 'topics', 'triage'];
const TOKEN_FOLDER = '/run/triage';
const TOKEN_VOLUME = `token:${TOKEN_FOLDER}`;
const SERVICES = Object.keys(COMPOSE.services);
const CONFIG = configWith({});
const triage = service('triage');

/** As `triage` is configured here, where that differs from the defaults. */
const PORT = Number(triage.environment?.TRIAGE_HTTP_PORT ?? CONFIG.http.port);

describe('docker-compose.yml', () => {
  it.each(SERVICES)('pins the image of %s', (name) => {
    expect(service(name).image).toMatch(/^[\w./-]+:v?\d+\.\d+\.\d+$/);
  });

  it.each(OURS)('builds this version for %s', (name) => {
    expect(service(name)).toMatchObject({ image: `connector-triage:${VERSION}`, build: '.' });
  });

  it.each(OURS)('lets %s write nothing and gain nothing', (name) => {
    const { user, volumes = [] } = service(name);
    if (name === 'token') expect(volumes).toEqual([TOKEN_VOLUME]);
    else {
      expect(user).toBe('1000:1000');
      for (const volume of volumes) expect(volume).toMatch(/:ro$/);
    }
    expect(service(name)).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  it.each(SERVICES)('takes the capabilities from %s', (name) => {
    expect(service(name)).toMatchObject({ cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
  });

  it.each(SERVICES)('publishes ports of %s on this machine only', (name) => {
    for (const port of service(name).ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it('sets nothing that is no setting', () => {
    const known = SETTINGS.map(({ env }) => env);
    const used = SERVICES.flatMap((name) => Object.keys(service(name).environment ?? {}));
    const ours = used.filter((name) => name.startsWith('TRIAGE_'));
    expect(ours.length).toBeGreaterThan(0);
    expect(known).toEqual(expect.arrayContaining(ours));
  });

  it.each(SERVICES)('mounts files into %s that exist', (name) => {
    for (const volume of service(name).volumes ?? []) {
      const source = volume.split(':')[0]!;
      if (source.startsWith('.')) expect(existsSync(new URL(source, ROOT)), source).toBe(true);
    }
  });

  it('starts the service after Kafka answers and the topics are there', () => {
    expect(triage.depends_on).toMatchObject({
      kafka: { condition: 'service_healthy' },
      topics: { condition: 'service_completed_successfully' },
    });
    expect(service('kafka').healthcheck?.test).toContain(triage.environment?.TRIAGE_KAFKA_BROKERS);
    expect(service('topics').environment?.TRIAGE_KAFKA_BROKERS).toBe(triage.environment?.TRIAGE_KAFKA_BROKERS);
  });

  it('advertises to containers the address that they are given', () => {
    const advertised = service('kafka').environment?.KAFKA_ADVERTISED_LISTENERS;
    expect(advertised?.split(',')).toContain(`INTERNAL://${triage.environment?.TRIAGE_KAFKA_BROKERS}`);
  });

  it('asks for health where the service listens', () => {
    expect(triage.healthcheck?.test.join(' ')).toContain(`http://127.0.0.1:${PORT}/readyz`);
    expect(triage.environment?.TRIAGE_HTTP_HOST).toBe('0.0.0.0');
    expect(triage.ports).toEqual([`127.0.0.1:${PORT}:${PORT}`]);
  });

  it('makes a token where nobody has it from this file, and gives it to the service and to Prometheus', () => {
    const folder = mkdtempSync(join(tmpdir(), 'triage-token-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { entrypoint = [], command = [], depends_on: _, ...maker } = service('token');
    expect(maker).toMatchObject({ network_mode: 'none', volumes: [TOKEN_VOLUME] });
    const [node, ...args] = [...entrypoint, command[0]!.replaceAll(TOKEN_FOLDER, folder)];
    expect(node).toBe('node');
    const made = [1, 2].map(() => {
      execFileSync(process.execPath, args);
      return readFileSync(join(folder, 'token'), 'utf8');
    });
    expect(made[0]).toMatch(/^[0-9a-f]{64}\n$/);
    expect(made[1]).toBe(made[0]);
    // The volume is root's: everybody who mounts it may read the token, and nobody else can.
    expect(statSync(join(folder, 'token')).mode & 0o777).toBe(0o444);
    expect(triage.environment?.TRIAGE_HTTP_TOKEN_FILE).toBe(`${TOKEN_FOLDER}/token`);
    for (const name of ['triage', 'prometheus']) {
      expect(service(name).volumes).toContain(`${TOKEN_VOLUME}:ro`);
      expect(service(name).depends_on).toMatchObject({ token: { condition: 'service_completed_successfully' } });
    }
  });

  it('gives the service more time to stop than it needs to drain', () => {
    const seconds = Number(/^(\d+)s$/.exec(triage.stop_grace_period ?? '')?.[1]);
    const drainTimeoutMs = Number(triage.environment?.TRIAGE_DRAIN_TIMEOUT_MS ?? CONFIG.drainTimeoutMs);
    expect(seconds * 1000).toBeGreaterThanOrEqual(drainTimeoutMs + 5_000);
  });
});

describe('deploy/compose/prometheus.yml', () => {
  interface ScrapeConfig {
    readonly job_name: string;
    readonly authorization: object;
    readonly dns_sd_configs: readonly {
      readonly names: readonly string[];
      readonly type: string;
      readonly port: number;
    }[];
  }
  interface PrometheusConfig {
    readonly scrape_configs: readonly ScrapeConfig[];
    readonly rule_files: readonly string[];
  }
  const { scrape_configs, rule_files } = yamlOf<PrometheusConfig>('deploy/compose/prometheus.yml');
  const { command, volumes } = service('prometheus');

  it('scrapes the service where it listens', () => {
    const targets = scrape_configs.flatMap((config) => config.dns_sd_configs);
    expect(targets).toMatchObject([{ names: ['triage'], type: 'A', port: PORT }]);
  });

  it('signs in with the token of the service', () => {
    const credentials_file = triage.environment?.TRIAGE_HTTP_TOKEN_FILE;
    expect(scrape_configs.map(({ authorization }) => authorization)).toEqual([{ credentials_file }]);
  });

  itWith(['promtool'], 'is what promtool takes', ({ promtool }) => {
    const config = fileURLToPath(new URL('deploy/compose/prometheus.yml', ROOT));
    expect(runTool(promtool, ['check', 'config', '--syntax-only', config])).toMatchObject({ code: 0 });
  });

  it('loads the alert rules, which know the scrape job by its name', () => {
    const [source, folder] = volumes!.find((volume) => volume.startsWith('./deploy/prometheus:'))!.split(':');
    const files = rule_files.map((file) => file.replace(`${folder}/`, `${source}/`));
    expect(files).toEqual(['./deploy/prometheus/connector-triage.rules.yml']);
    expect(scrape_configs.map(({ job_name }) => job_name)).toEqual([RULE_DEFAULTS.job]);
  });

  it('keeps data for longer than the alert on new error types looks back', () => {
    const days = Number(/--storage\.tsdb\.retention\.time=(\d+)d/.exec(command!.join(' '))?.[1]);
    const lookback = /\[(\d+)d\] offset 20m/.exec(textOf('deploy/prometheus/connector-triage.rules.yml'))?.[1];
    expect(days).toBeGreaterThan(Number(lookback));
  });
});

describe('deploy/compose/demo/events.ndjson', () => {
  it('has records of every outcome, and of every entry of the catalog', () => {
    const catalog = loadCatalog(CONFIG.catalog.folder);
    const matcher = compile(catalog);
    const redaction = createRedaction(CONFIG.redaction);
    const outcomes = textOf('deploy/compose/demo/events.ndjson')
      .trimEnd()
      .split('\n')
      .map((line, offset) => {
        const position = { topic: CONFIG.topics.input, partition: 0, offset, timestampMs: 0 };
        const record = { ...position, key: null, value: Buffer.from(line), headers: {} };
        const options = { ...CONFIG, redaction, mayInfer: true, version: VERSION };
        return processRecord(record, matcher, '2026-01-01T00:00:00.000Z', options)[0].outcome;
      });
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(OUTCOMES));
    const errorTypes = outcomes.flatMap((outcome) => (outcome.kind === 'resolved' ? [outcome.event.error_type] : []));
    expect(new Set(errorTypes)).toEqual(new Set(catalog.entries.map(({ id }) => id)));
  });

  it('is produced into the input topic', () => {
    const { command } = service('demo');
    expect(command?.[command.indexOf('--topic') + 1]).toBe(CONFIG.topics.input);
  });
});
