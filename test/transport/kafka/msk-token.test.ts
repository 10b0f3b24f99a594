import { expect, test } from 'vitest';
import { fetchMskToken, MSK_SIGNER } from '../../../src/transport/kafka/msk-token.ts';

test('a token is made by the public signer for the region, and says how long it lives', async () => {
  const regions: string[] = [];
  const signer = {
    generateAuthToken: async ({ region }: { region: string }) => {
      regions.push(region);
      return { token: 'signed', expiryTime: Date.now() + 900_000 };
    },
  };
  const { value, lifetimeMs } = await fetchMskToken('eu-west-1', async (name) => {
    expect(name).toBe(MSK_SIGNER);
    return signer;
  });
  expect({ value, regions }).toEqual({ value: 'signed', regions: ['eu-west-1'] });
  expect(lifetimeMs).toBeGreaterThan(800_000);
});

test('without the signer, which is not installed with this program: how to install it', async () => {
  await expect(fetchMskToken('eu-west-1', (name) => import(name))).rejects.toMatchObject({
    what: expect.stringContaining(`needs the package ${MSK_SIGNER}`),
    remedy: `Install it beside this program: npm install ${MSK_SIGNER}`,
    mayPass: false,
  });
});

test('without AWS credentials: where they come from', async () => {
  const generateAuthToken = async () => {
    throw new Error('Could not load credentials from any providers');
  };
  await expect(fetchMskToken('eu-west-1', async () => ({ generateAuthToken }))).rejects.toMatchObject({
    what: expect.stringContaining('Could not load credentials'),
    remedy: expect.stringContaining('AWS_ACCESS_KEY_ID'),
  });
});
