/** Findings as text for people, JSON for scripts, SARIF for code scanning, and lines that annotate a GitHub check. */
import { resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FINDINGS, type Finding, type FindingCode, positionOf } from '../catalog/findings.ts';
import { printable } from '../render.ts';
import { VERSION } from '../version.ts';

export const FORMATS = ['text', 'json', 'sarif', 'github'] as const;
export type Format = (typeof FORMATS)[number];

/** Ends with a line break; empty for text formats without findings. */
export function renderFindings(findings: readonly Finding[], format: Format): string {
  switch (format) {
    case 'text':
      return findings.map(toText).join('');
    case 'json':
      return `${JSON.stringify(findings.map(toJson), null, 2)}\n`;
    case 'sarif':
      return `${JSON.stringify(toSarif(findings), null, 2)}\n`;
    case 'github':
      return findings.map(toGithub).join('');
  }
}

function toText({ location, severity, code, message, mend }: Finding): string {
  return `${printable(location)}: ${severity} ${code}: ${printable(message)}\n    mend: ${printable(mend)}\n`;
}

function toJson({ location, ...rest }: Finding) {
  return { ...positionOf({ location }), ...rest };
}

/** SARIF 2.1.0, as OASIS defines it: one run, one rule a finding code. */
function toSarif(findings: readonly Finding[]) {
  const codes = Object.keys(FINDINGS) as FindingCode[];
  const rules = codes.map((id) => ({
    id,
    shortDescription: { text: `${FINDINGS[id].title}.` },
    help: { text: `To mend it: ${FINDINGS[id].mend}.` },
    defaultConfiguration: { level: FINDINGS[id].severity },
  }));
  const results = findings.map((finding) => {
    const { file, line, column } = positionOf(finding);
    return {
      ruleId: finding.code,
      ruleIndex: codes.indexOf(finding.code),
      level: finding.severity,
      message: { text: `${finding.message}. To mend it: ${finding.mend}.` },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: uriOf(file) },
            region: { startLine: line, startColumn: column },
          },
        },
      ],
    };
  });
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'connector-triage', version: VERSION, rules } },
        columnKind: 'utf16CodeUnits',
        results,
      },
    ],
  };
}

/** Relative to where `triage` was started, which in a check is the repository; else absolute. */
function uriOf(file: string): string {
  const isOutside = file.startsWith('..') || resolve(file) === file;
  return isOutside ? pathToFileURL(file).href : file.split(sep).map(encodeURIComponent).join('/');
}

/** A workflow command: GitHub shows it at the line of the file. */
function toGithub(finding: Finding): string {
  const { file, line, column } = positionOf(finding);
  const properties = `file=${property(file)},line=${line},col=${column},title=${property(finding.code)}`;
  return `::${finding.severity} ${properties}::${data(`${finding.message}; to mend it: ${finding.mend}`)}\n`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
