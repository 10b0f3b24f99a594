import type { AuthenticationProviderArgs } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { type Credentials, Login, type LoginMethod, REFUSED_PAUSE_MS } from '../../../src/transport/kafka/login.ts';
import { LoginError } from '../../../src/transport/kafka/login-error.ts';

type Answer = 'accepts' | 'refuses' | 'breaks';

/** A broker that answers one step of a login, and a method that has one step and takes every error for a refusal. */
function loginAt(answers: Answer[], password = { text: 'secret' }) {
  let nowMs = 0;
  const asked: string[] = [];
  const exchange = {
    host: 'k1',
    port: 9092,
    saslAuthenticate: async () => {
      asked.push(password.text);
      const answer = answers.shift();
      if (answer === 'refuses')
        throw Object.assign(new Error('invalid credentials'), { type: 'SASL_AUTHENTICATION_FAILED' });
      if (answer === 'breaks')
        throw Object.assign(new Error('Closed connection'), { name: 'KafkaJSConnectionClosedError' });
    },
  } as unknown as AuthenticationProviderArgs;
  const method: LoginMethod = {
    mechanism: 'PLAIN',
    remedy: 'Check the password.',
    credentials: async (): Promise<Credentials> => ({
      identity: password.text,
      who: 'user "x"',
      present: async ({ saslAuthenticate }) => {
        try {
          await saslAuthenticate({ request: { encode: () => Buffer.alloc(0) } });
        } catch (error) {
          throw new Error(`SASL PLAIN failed: ${error}`);
        }
      },
    }),
  };
  const login = new Login(method, () => nowMs);
  return {
    asked,
    password,
    attempt: () => login.authenticate(exchange),
    waits: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe('Login', () => {
  test('a refusal before the first login says who was refused and why, and is for good', async () => {
    const { attempt } = loginAt(['refuses']);
    const expected = {
      what: 'refused the login of user "x" with PLAIN (invalid credentials)',
      remedy: 'Check the password.',
      mayPass: false,
    };
    await expect(attempt()).rejects.toMatchObject(expected);
    await expect(attempt()).rejects.toBeInstanceOf(LoginError);
  });

  test('a refusal after a login may pass: credentials are rotated while programs run', async () => {
    const { attempt } = loginAt(['accepts', 'refuses']);
    await attempt();
    await expect(attempt()).rejects.toMatchObject({ mayPass: true });
  });

  test('refused credentials are not shown to a broker again at once, and others are', async () => {
    const { attempt, waits, asked, password } = loginAt(['refuses', 'refuses', 'accepts']);
    await expect(attempt()).rejects.toThrow(/invalid credentials/);
    await expect(attempt()).rejects.toThrow(/invalid credentials/);
    waits(REFUSED_PAUSE_MS - 1);
    await expect(attempt()).rejects.toThrow(/invalid credentials/);
    expect(asked).toEqual(['secret']);
    waits(1);
    await expect(attempt()).rejects.toThrow(/invalid credentials/);
    password.text = 'new';
    await attempt();
    expect(asked).toEqual(['secret', 'secret', 'new']);
  });

  test('a connection that breaks in the middle is no refusal', async () => {
    const { attempt } = loginAt(['breaks', 'accepts']);
    await expect(attempt()).rejects.toMatchObject({ name: 'KafkaJSConnectionClosedError' });
    await attempt();
  });

  test('credentials that cannot be read are an error of the login, for good only before the first', async () => {
    let readable = false;
    const login = new Login({
      mechanism: 'PLAIN',
      remedy: '',
      credentials: async () => {
        if (!readable) throw new Error('/secret cannot be read');
        return { identity: 'a', who: 'x', present: async () => undefined };
      },
    });
    const exchange = {} as AuthenticationProviderArgs;
    const unread = { what: 'gets no login: /secret cannot be read', mayPass: false };
    await expect(login.authenticate(exchange)).rejects.toMatchObject(unread);
    readable = true;
    await login.authenticate(exchange);
    readable = false;
    await expect(login.authenticate(exchange)).rejects.toMatchObject({ ...unread, mayPass: true });
  });
});
