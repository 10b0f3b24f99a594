/**
 * An archive of the loaded classes (AppCDS) more than halves the start of the broker's JVM. The first broker that is
 * shut down in good order leaves one (50 MB, 1.5 s); all later ones start from it. Everything works without.
 */

import { rename, rm } from 'node:fs/promises';
import { exists } from './exists.ts';

export interface ClassArchive {
  /** JVM flags for commands that only profit from an archive. */
  readonly useFlags: readonly string[];
  /** JVM flags for the broker: use the archive, or leave one at its end. */
  readonly brokerFlags: readonly string[];
  /** Whether the broker writes an archive if it gets the time to end in good order. */
  readonly recording: boolean;
  /** Takes over what a broker has left. Call only when it ended by itself or by SIGTERM: else it may be cut short. */
  adopt(): Promise<void>;
  /** Removes the archive that was used, or what was recorded of one. */
  discard(): Promise<void>;
}

/** Looks for the archive. `file` need not exist; its folder may be read-only, then there never will be one. */
export async function classArchive(file: string | undefined): Promise<ClassArchive> {
  if (file === undefined) return NONE;
  if (await exists(file)) {
    const flags = [`-XX:SharedArchiveFile=${file}`];
    return { useFlags: flags, brokerFlags: flags, recording: false, adopt: nothing, discard: () => remove(file) };
  }
  const draft = `${file}.${process.pid}.${Date.now()}.draft`;
  return {
    useFlags: [],
    brokerFlags: [`-XX:ArchiveClassesAtExit=${draft}`],
    recording: true,
    // The JVM says nothing when it could not write one, so a missing draft is no news.
    adopt: () => rename(draft, file).catch(nothing),
    discard: () => remove(draft),
  };
}

const NONE: ClassArchive = { useFlags: [], brokerFlags: [], recording: false, adopt: nothing, discard: nothing };

async function nothing(): Promise<void> {
  return undefined;
}

function remove(file: string): Promise<void> {
  return rm(file, { force: true }).catch(nothing);
}
