/** All targets, in the order in which they run. */
import type { Target } from './target.ts';
import { avro } from './targets/avro.ts';
import { catalog } from './targets/catalog.ts';
import { config } from './targets/config.ts';
import { cloudEvents, connectErrors, ecs, nativeJson, otlp, plainText } from './targets/formats.ts';
import { http } from './targets/http.ts';
import { matcher } from './targets/matcher.ts';
import { pipeline } from './targets/pipeline.ts';
import { redaction } from './targets/redaction.ts';
import { registry } from './targets/registry.ts';

export const TARGETS: readonly Target[] = [
  nativeJson,
  otlp,
  ecs,
  cloudEvents,
  connectErrors,
  plainText,
  avro,
  registry,
  catalog,
  matcher,
  redaction,
  pipeline,
  config,
  http,
];

/** @throws {RangeError} for a name that is none. */
export function targetCalled(name: string): Target {
  const target = TARGETS.find((each) => each.name === name);
  if (target === undefined) throw new RangeError(`there is no target ${name}`);
  return target;
}
