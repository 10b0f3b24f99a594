import { describe, expect, test } from 'vitest';
import { OwnCommits } from '../../../src/transport/kafka/own-commits.ts';

const HERE = { topic: 'in', partition: 0 };

function committedAs(memberId: string): OwnCommits {
  const commits = new OwnCommits();
  commits.joined(memberId);
  commits.committed(HERE, 183);
  return commits;
}

describe('a position before what this member has committed', () => {
  test('is doubted for some seconds, and believed then: the topic may have been made anew', () => {
    const commits = committedAs('me');
    expect([0, 500, 3_999].map((ms) => commits.doubts(HERE, 81, 1_000 + ms))).toEqual([true, true, true]);
    expect(commits.doubts(HERE, 81, 5_000)).toBe(false);
    expect(commits.doubts(HERE, 81, 5_001)).toBe(false);
  });

  test('is doubted anew once a position was as expected in between', () => {
    const commits = committedAs('me');
    expect(commits.doubts(HERE, 81, 0)).toBe(true);
    expect(commits.doubts(HERE, 183, 3_000)).toBe(false);
    expect(commits.doubts(HERE, 81, 10_000)).toBe(true);
  });

  test('is doubted anew after a further commit', () => {
    const commits = committedAs('me');
    expect(commits.doubts(HERE, 81, 0)).toBe(true);
    commits.committed(HERE, 200);
    expect(commits.doubts(HERE, 183, 10_000)).toBe(true);
  });

  test('is doubted after the same member has joined again, and not after another one has', () => {
    const commits = committedAs('me');
    commits.joined('me');
    expect(commits.doubts(HERE, 81, 0)).toBe(true);
    commits.joined('someone new');
    expect(commits.doubts(HERE, 81, 0)).toBe(false);
    expect(commits.goesBeyond(HERE, 81)).toBe(false);
  });
});

test('a position at or behind the last commit, and one of another partition, are believed', () => {
  const commits = committedAs('me');
  expect(commits.doubts(HERE, 183, 0)).toBe(false);
  expect(commits.doubts(HERE, 500, 0)).toBe(false);
  expect(commits.doubts({ topic: 'in', partition: 1 }, 0, 0)).toBe(false);
  expect([182, 183, 184].map((offset) => commits.goesBeyond(HERE, offset))).toEqual([true, false, false]);
});
