import { messageOf } from '../../errors.ts';
import { LoginError } from './login-error.ts';
import type { Token } from './token-cache.ts';

/** Brings the AWS SDK along, so it is for those to install who need it. */
export const MSK_SIGNER = 'aws-msk-iam-sasl-signer-js';

interface Signer {
  generateAuthToken(options: { region: string }): Promise<{ token: string; expiryTime: number }>;
}

/**
 * A token for Amazon MSK, signed with what the AWS SDK finds (environment, profile, role of the machine).
 * @throws {LoginError} without the signer, or credentials for it.
 */
export async function fetchMskToken(region: string, load: (name: string) => Promise<unknown>): Promise<Token> {
  const signer = await loadSigner(load);
  try {
    const { token, expiryTime } = await signer.generateAuthToken({ region });
    return { value: token, lifetimeMs: Math.max(0, expiryTime - Date.now()) };
  } catch (error) {
    throw new LoginError(
      `gets no login: AWS gave no credentials to sign with (${messageOf(error)})`,
      'Give this process a role, a profile or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
      { mayPass: false },
    );
  }
}

async function loadSigner(load: (name: string) => Promise<unknown>): Promise<Signer> {
  try {
    return (await load(MSK_SIGNER)) as Signer;
  } catch (error) {
    throw new LoginError(
      `gets no login: kafka.sasl.mechanism aws-msk-iam needs the package ${MSK_SIGNER} (${messageOf(error)})`,
      `Install it beside this program: npm install ${MSK_SIGNER}`,
      { mayPass: false },
    );
  }
}
