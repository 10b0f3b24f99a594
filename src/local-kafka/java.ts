/** Finds a Java runtime that can run a Kafka 4 broker. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { findOnPath, isExecutable, runCommand } from './commands.ts';
import type { Environment } from './local-kafka.ts';

/** Kafka 4 brokers are compiled for this release. */
const JAVA_MAJOR_MIN = 17;
const VERSION_LIMIT_MS = 15_000;
const ADVICE = `install Java ${JAVA_MAJOR_MIN} or newer (\`apt install default-jre-headless\`, \`brew install openjdk\`)`;

export type JavaSearch =
  /** `fingerprint` changes with the build of the runtime: what one build has dumped is of no use to another. */
  | { readonly found: true; readonly path: string; readonly major: number; readonly fingerprint: string }
  /** `problem` is a sentence that says what was found instead and how to mend it. */
  | { readonly found: false; readonly problem: string };

/** Looks at JAVA_HOME, then the PATH, then where Homebrew keeps its JDK. The first that is new enough is taken. */
export async function findJava(env: Environment): Promise<JavaSearch> {
  const unusable: string[] = [];
  for (const path of candidates(env)) {
    const answer = await askVersion(path, env);
    if (answer.major !== undefined && answer.major >= JAVA_MAJOR_MIN) {
      const fingerprint = createHash('sha256').update(answer.text).digest('hex').slice(0, 12);
      return { found: true, path, major: answer.major, fingerprint };
    }
    unusable.push(
      answer.major === undefined ? `${path} does not work: ${answer.text}` : `${path} is Java ${answer.major}`,
    );
  }
  if (unusable.length > 0) {
    return { found: false, problem: `No usable Java (${unusable.join('; ')}): ${ADVICE}.` };
  }
  const home = env.JAVA_HOME === undefined ? 'JAVA_HOME is not set' : 'JAVA_HOME holds no bin/java';
  return { found: false, problem: `Java was not found (${home}, no \`java\` on the PATH): ${ADVICE}.` };
}

/** Major release out of the output of `java -version`: 17 for "17.0.15", 8 for "1.8.0_412". */
export function javaMajorOf(output: string): number | undefined {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(output) ?? [];
  const major = Number(first === '1' ? second : first);
  return Number.isNaN(major) ? undefined : major;
}

function candidates(env: Environment): string[] {
  const home = env.JAVA_HOME;
  const binary = process.platform === 'win32' ? 'java.exe' : 'java';
  const onPath = findOnPath('java', env);
  const paths = [
    ...(home === undefined || home === '' ? [] : [join(home, 'bin', binary)]),
    ...(onPath === undefined ? [] : [onPath]),
    // Homebrew does not link its JDK; `brew install maven` alone leaves a usable Java only here.
    ...(process.platform === 'darwin' ? ['/opt/homebrew/opt/openjdk/bin/java', '/usr/local/opt/openjdk/bin/java'] : []),
  ];
  return [...new Set(paths)].filter(isExecutable);
}

async function askVersion(path: string, env: Environment): Promise<{ major: number | undefined; text: string }> {
  try {
    const { code, output } = await runCommand(path, ['-version'], { env, limitMs: VERSION_LIMIT_MS });
    const text = output.trim();
    if (code === 0) return { major: javaMajorOf(text), text };
    return { major: undefined, text: text.split('\n', 1)[0] || `exit code ${code}` };
  } catch (error) {
    return { major: undefined, text: messageOf(error) };
  }
}
