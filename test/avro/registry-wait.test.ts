import { describe, expect, it } from 'vitest';
import { NoAnswerError } from '../../src/avro/registry-http.ts';
import { RegistryWait } from '../../src/avro/registry-wait.ts';

function waitWith(signal = new AbortController().signal) {
  const states: string[] = [];
  return { states, wait: new RegistryWait({ signal, onState: (state, reason) => states.push(`${state}: ${reason}`) }) };
}

describe('a question', () => {
  it('is asked until there is an answer', async () => {
    const { wait, states } = waitWith();
    let asked = 0;
    const answer = wait.untilAnswered('it', async () => {
      if (++asked < 3) throw new NoAnswerError(`attempt ${asked}`);
      return 'yes';
    });
    await expect(answer).resolves.toBe('yes');
    expect(states).toEqual(['waiting: attempt 1', 'ok: nothing is waited for any more']);
  });

  it('that fails in another way is not asked again', async () => {
    const { wait, states } = waitWith();
    await expect(wait.untilAnswered('it', () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
    expect(states).toEqual([]);
  });

  it('is given up when the service ends', async () => {
    const stop = new AbortController();
    const { wait } = waitWith(stop.signal);
    const answer = wait.untilAnswered('it', async () => {
      stop.abort(new Error('the end'));
      throw new NoAnswerError('away');
    });
    await expect(answer).rejects.toThrow('the end');
  });
});
