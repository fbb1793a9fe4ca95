import { smtpModule, type SmtpOptions } from '@latarnik/delivery';
import type { ContainerModule } from 'inversify';
import { readFile } from 'node:fs/promises';

/** How documents go to buyers by e-mail; absent where they do not. Secrets are named by their files. */
export interface SmtpConfiguration {
  readonly smtp?: {
    readonly host: string;
    readonly port: number;
    readonly security: SmtpOptions['security'];
    readonly user?: string;
    readonly passwordFile?: string;
    readonly authorityFile?: string;
  };
}

type Variables = Readonly<Record<string, string | undefined>>;

const FORM = 'must be smtps://HOST:PORT or smtp://HOST:PORT, without user, password, path or query';
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'smtps:': 465, 'smtp:': 587 };
const THIS_MACHINE = ['localhost', '127.0.0.1', '[::1]'];

/** Reads how the mail system is reached; `problem` hears of each variable that is wrong, never of its value. */
export function readSmtp(variables: Variables, problem: (text: string) => void): SmtpConfiguration {
  const text = variables['LATARNIK_SMTP_URL'] ?? '';
  const user = given(variables['LATARNIK_SMTP_USER']);
  const passwordFile = given(variables['LATARNIK_SMTP_PASSWORD_FILE']);
  const authorityFile = given(variables['LATARNIK_SMTP_CA_FILE']);
  if ((user === undefined) !== (passwordFile === undefined)) {
    problem('LATARNIK_SMTP_USER and LATARNIK_SMTP_PASSWORD_FILE are set together or not at all');
  }
  if (text === '') return {};
  const address = addressIn(text);
  if (address === undefined) {
    problem(`LATARNIK_SMTP_URL ${FORM}`);
    return {};
  }
  return {
    smtp: {
      ...address,
      ...(user === undefined ? {} : { user }),
      ...(passwordFile === undefined ? {} : { passwordFile }),
      ...(authorityFile === undefined ? {} : { authorityFile }),
    },
  };
}

const given = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

/** `smtp:` is encrypted by STARTTLS before anything is said, but to this machine. */
function addressIn(text: string): Pick<SmtpOptions, 'host' | 'port' | 'security'> | undefined {
  const url = URL.parse(text);
  const standard = url === null ? undefined : DEFAULT_PORTS[url.protocol];
  if (url === null || standard === undefined || url.hostname === '') return undefined;
  const isPlain = [url.username, url.password, url.search, url.hash].every((part) => part === '');
  if (!isPlain || !['', '/'].includes(url.pathname)) return undefined;
  const inClear = THIS_MACHINE.includes(url.hostname) ? 'none' : 'starttls';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return {
    host,
    port: url.port === '' ? standard : Number(url.port),
    security: url.protocol === 'smtps:' ? 'tls' : inClear,
  };
}

/** Provides PORTS.mailSender where it is configured. @throws when a file cannot be read: a process told to send does not run without */
export async function smtpModules({ smtp }: SmtpConfiguration): Promise<readonly ContainerModule[]> {
  if (smtp === undefined) return [];
  const { host, port, security, user, passwordFile, authorityFile } = smtp;
  const password =
    passwordFile === undefined ? undefined : (await readFile(passwordFile, 'utf8')).replace(/\r?\n$/, '');
  const authority = authorityFile === undefined ? undefined : await readFile(authorityFile, 'utf8');
  return [
    smtpModule({
      ...{ host, port, security },
      ...(user === undefined || password === undefined ? {} : { login: { user, password } }),
      ...(authority === undefined ? {} : { authority }),
    }),
  ];
}
