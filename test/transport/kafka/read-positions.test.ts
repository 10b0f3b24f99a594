import { describe, expect, test } from 'vitest';
import { ReadPositions } from '../../../src/transport/kafka/read-positions.ts';

const stood = (positions: ReadPositions, fetchedOffset: number) => positions.before('in', 0, fetchedOffset);

describe('where reading stood before a batch', () => {
  test('at the offset that was fetched', () => {
    expect(stood(new ReadPositions(() => 5), 5)).toBe(5);
  });

  test('at the committed offset, when everything since was stepped over', () => {
    const positions = new ReadPositions(() => 5);
    positions.skipped('in', 0, 7);
    positions.skipped('in', 0, 9);
    expect(stood(positions, 9)).toBe(5);
  });

  test('at the last record that was done, when everything since was stepped over', () => {
    const positions = new ReadPositions(() => 5);
    positions.skipped('in', 0, 6);
    positions.handled('in', 0, 8);
    expect(stood(positions, 8)).toBe(8);
    positions.skipped('in', 0, 11);
    expect(stood(positions, 11)).toBe(8);
  });

  test('at the offset that was fetched, when that is not where stepping over has led', () => {
    const positions = new ReadPositions(() => 5);
    positions.skipped('in', 0, 7);
    expect(stood(positions, 20)).toBe(20);
  });

  test('of each partition for itself', () => {
    const positions = new ReadPositions(() => 5);
    positions.skipped('in', 1, 7);
    expect(stood(positions, 7)).toBe(7);
    expect(positions.before('in', 1, 7)).toBe(5);
  });

  test('without regard to what was stepped over before the group was joined anew', () => {
    const positions = new ReadPositions(() => 5);
    positions.skipped('in', 0, 7);
    positions.joined();
    expect(stood(positions, 7)).toBe(7);
  });

  test('and claims nothing where the committed offset is not known', () => {
    const positions = new ReadPositions(() => undefined);
    positions.skipped('in', 0, 7);
    expect(stood(positions, 7)).toBe(7);
  });
});
