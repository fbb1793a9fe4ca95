import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PORTS } from '@latarnik/domain';
import { Container } from 'inversify';
import { readSmtp, smtpModules } from './smtp.js';

function read(variables: Readonly<Record<string, string>>) {
  const problems: string[] = [];
  return { ...readSmtp(variables, (problem) => problems.push(problem)), problems };
}

describe('the mail system', () => {
  it.each([
    ['smtps://mail.example', { host: 'mail.example', port: 465, security: 'tls' }],
    ['smtp://mail.example', { host: 'mail.example', port: 587, security: 'starttls' }],
    ['smtp://mail.example:2525/', { host: 'mail.example', port: 2525, security: 'starttls' }],
    ['smtp://127.0.0.1:1025', { host: '127.0.0.1', port: 1025, security: 'none' }],
    ['smtp://[::1]:1025', { host: '::1', port: 1025, security: 'none' }],
    ['smtps://localhost:1465', { host: 'localhost', port: 1465, security: 'tls' }],
  ])('at %s is %o: in clear to this machine only', (url, smtp) => {
    expect(read({ LATARNIK_SMTP_URL: url })).toEqual({ smtp, problems: [] });
  });

  it('is none where nothing is set', async () => {
    expect(read({ LATARNIK_SMTP_URL: '' })).toEqual({ problems: [] });
    expect(await smtpModules({})).toEqual([]);
  });

  it.each([
    'https://mail.example',
    'smtp://',
    'smtp://user:secret@mail.example',
    'smtp://mail.example/path',
    'nonsense',
  ])('is not %s, and the answer does not repeat it', (url) => {
    const { problems, smtp } = read({ LATARNIK_SMTP_URL: url });
    expect([smtp, problems.length]).toEqual([undefined, 1]);
    expect(problems.join()).not.toContain('secret');
  });

  it('wants user and password together, and reads the password from its file', async () => {
    const url = { LATARNIK_SMTP_URL: 'smtps://mail.example', LATARNIK_SMTP_USER: 'latarnik' };
    expect(read(url).problems).toHaveLength(1);
    const directory = await mkdtemp(join(tmpdir(), 'latarnik-smtp-'));
    try {
      const passwordFile = join(directory, 'password');
      await expect(smtpModules(read({ ...url, LATARNIK_SMTP_PASSWORD_FILE: passwordFile }))).rejects.toThrow();
      await writeFile(passwordFile, 'secret\n');
      const container = new Container();
      container.load(...(await smtpModules(read({ ...url, LATARNIK_SMTP_PASSWORD_FILE: passwordFile }))));
      expect(container.isBound(PORTS.mailSender)).toBe(true);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
