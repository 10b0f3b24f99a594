/** Groups of messages that no entry fits, at most `MAX_TEMPLATES`. */
import { ownedExample } from './example.ts';
import { MAX_TEMPLATES, TEMPLATE_KEPT_MS } from './limits.ts';
import type { TemplateGroup } from './observations.ts';
import { Ring } from './ring.ts';
import type { Example } from './schema/error-types.ts';
import { owned } from './text.ts';

export interface SeenTemplate {
  readonly fingerprint: string;
  readonly template: string;
  readonly firstMs: number;
  lastMs: number;
  count: number;
  readonly minutes: Ring;
  /** The first one. */
  readonly example: Example;
}

export class Templates {
  /** Groups that left, their records, and records that found no room. */
  forgottenGroups = 0;
  forgottenRecords = 0;
  /** No group can leave before that. */
  private fullUntilMs = 0;
  /** Those seen longest ago come first, to the second. */
  private readonly byFingerprint = new Map<string, SeenTemplate>();

  get size(): number {
    return this.byFingerprint.size;
  }

  all(): IterableIterator<SeenTemplate> {
    return this.byFingerprint.values();
  }

  get(fingerprint: string): SeenTemplate | undefined {
    return this.byFingerprint.get(fingerprint);
  }

  add({ fingerprint, template, count, example }: TemplateGroup, atMs: number): void {
    let seen = this.byFingerprint.get(fingerprint);
    if (seen === undefined) {
      if (this.byFingerprint.size >= MAX_TEMPLATES && !this.makeRoom(atMs)) {
        this.forgottenRecords += count;
        return;
      }
      seen = {
        fingerprint: owned(fingerprint),
        template: owned(template),
        firstMs: atMs,
        lastMs: atMs,
        count: 0,
        minutes: new Ring(60_000, 60),
        example: ownedExample(example),
      };
      this.byFingerprint.set(seen.fingerprint, seen);
    } else if (atMs - seen.lastMs >= 1_000) {
      this.byFingerprint.delete(fingerprint);
      this.byFingerprint.set(seen.fingerprint, seen);
    }
    seen.count += count;
    seen.lastMs = Math.max(seen.lastMs, atMs);
    seen.minutes.add(atMs, count);
  }

  private makeRoom(nowMs: number): boolean {
    // Looking for the first one of a map that is written to all the time is slow: not for every error.
    if (nowMs < this.fullUntilMs) return false;
    const oldest = this.byFingerprint.values().next().value!;
    this.fullUntilMs = oldest.lastMs + TEMPLATE_KEPT_MS;
    if (nowMs < this.fullUntilMs) return false;
    this.byFingerprint.delete(oldest.fingerprint);
    this.forgottenGroups++;
    this.forgottenRecords += oldest.count;
    return true;
  }
}
