/**
 * Severity numbers of OpenTelemetry, which CloudEvents' extension took over: four steps a level, from 1 (trace) to 24.
 * https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
 */
import { numberOf } from '../events/number.ts';
import { SEVERITIES, type Severity } from '../events/severity.ts';

const STEPS_PER_LEVEL = 4;

/** Exporters that write names of the enum in place of numbers are wrong, but common. */
const ENUM_NAME = /^SEVERITY_NUMBER_([A-Z]{4,5})[2-4]?$/;

/** `undefined` for 0 (not told) and for what is none. */
export function otelSeverity(value: unknown): Severity | undefined {
  const name = typeof value === 'string' ? ENUM_NAME.exec(value)?.[1]?.toLowerCase() : undefined;
  if (name !== undefined) return SEVERITIES.find((severity) => severity === name);
  const number = numberOf(value);
  return Number.isInteger(number) && number >= 1 ? SEVERITIES[Math.floor((number - 1) / STEPS_PER_LEVEL)] : undefined;
}
