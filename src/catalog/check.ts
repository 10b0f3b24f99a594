/** Everything about a loaded catalog that its schema cannot say. */
import type { Matcher } from '../matcher/matcher.ts';
import { checkApps } from './check-apps.ts';
import { checkExamples, checkRepeatedExamples } from './check-examples.ts';
import { checkOverlaps } from './check-overlaps.ts';
import { checkPatterns } from './check-patterns.ts';
import { checkResolutions } from './check-resolutions.ts';
import { type Finding, finding, inFileOrder } from './findings.ts';
import type { Problem } from './load.ts';

/** In the order of the files. */
export function checkCatalog(matcher: Matcher): Finding[] {
  const { catalog } = matcher;
  return inFileOrder([
    ...checkExamples(matcher),
    ...checkRepeatedExamples(catalog),
    ...checkOverlaps(matcher),
    ...checkPatterns(catalog),
    ...checkResolutions(catalog),
    ...checkApps(catalog),
  ]);
}

/** What keeps a catalog from being loaded, in the form of findings. */
export function findingsOf(problems: readonly Problem[]): Finding[] {
  return inFileOrder(
    problems.map(({ file, line, column, code, message }) => finding(code, `${file}:${line}:${column}`, message)),
  );
}
