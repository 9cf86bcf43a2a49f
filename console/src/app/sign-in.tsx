/** For whoever comes without a link. */
import { useState } from 'preact/hooks';
import { Copy } from '../ui/copy.tsx';
import { Field } from '../ui/field.tsx';
import { messageOf } from './api.ts';
import { has } from './features.ts';
import { goToLogin } from './managed-login.ts';
import { isOwnMachine, loginPages, managedLogin } from './place.ts';
import { linkProblem, signIn } from './session.ts';
import { apiClient } from '#client/api.ts';
import type { ManagedLogin } from '#console/console-config.ts';

const command = 'npm run console';
const anonymous = apiClient({ url: '', authorization: () => undefined });

const WithToken = () => {
  const [token, setToken] = useState('');
  const [error, setError] = useState<string | undefined>(undefined);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const given = token.trim();
    const trial = apiClient({ url: '', authorization: () => `Bearer ${given}` });
    try {
      await trial.json('GET', '/v1/stats');
      signIn({ accessToken: given });
    } catch (problem) {
      setError(messageOf(problem));
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Field
        label="Token"
        hint={
          isOwnMachine() ? 'npm start prints where it lies: .kinoduct/tokens/local' : 'An access token: docs/auth.md'
        }
        error={error}
      >
        {(wiring) => (
          <input
            {...wiring}
            type="password"
            autocomplete="off"
            required
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        )}
      </Field>
      <button type="submit" class="button">
        Sign in with the token
      </button>
    </form>
  );
};

const WithPassword = () => {
  const [error, setError] = useState<string | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    try {
      const body = { email: form.get('email'), password: form.get('password') };
      signIn(await anonymous.json('POST', '/v1/auth/token', { body }));
    } catch (problem) {
      setError(messageOf(problem));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Field label="E-mail">
        {(wiring) => <input {...wiring} name="email" type="email" autocomplete="username" required />}
      </Field>
      <Field label="Password" error={error}>
        {(wiring) => <input {...wiring} name="password" type="password" autocomplete="current-password" required />}
      </Field>
      <button type="submit" class="button button-main" disabled={busy}>
        Sign in
      </button>
    </form>
  );
};

const OnLoginPages = ({ login }: { readonly login: ManagedLogin }) => {
  const [busy, setBusy] = useState(false);
  const leave = (): void => {
    setBusy(true);
    void goToLogin(login).catch(() => setBusy(false));
  };
  return (
    <button type="button" class="button button-main" disabled={busy} onClick={leave}>
      Sign in
    </button>
  );
};

const WithAccount = () => {
  const pages = loginPages();
  return (
    <section>
      {isOwnMachine() && <h2>With an account</h2>}
      <WithPassword />
      {pages && (
        <p class="muted small">
          The first time, with a forgotten password or a second factor: <a href={pages.page}>the page to sign in</a>.
        </p>
      )}
    </section>
  );
};

export const SignIn = () => {
  const login = managedLogin();
  return (
    <main class="sign-in">
      <div class="panel">
        <h1>Kinoduct</h1>
        {linkProblem.value && (
          <p class="box box-warn" role="alert">
            {linkProblem.value}
          </p>
        )}
        {isOwnMachine() && (
          <section>
            <h2>On your own machine</h2>
            <p>This opens the console, signed in:</p>
            <p class="command">
              <code>{command}</code>
              <Copy text={command} label="Copy" />
            </p>
          </section>
        )}
        {login ? <OnLoginPages login={login} /> : has('/v1/auth/token') && <WithAccount />}
        <details>
          <summary>Use a token instead</summary>
          <WithToken />
        </details>
      </div>
    </main>
  );
};
