import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EmailAddress, Mail } from '@latarnik/domain';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { SmtpMailSender, type SmtpOptions } from './smtp-mail-sender.js';
import { MAIL_PASSWORD, MAIL_USER, MailSystem, type Trouble } from './testing/mail-system.js';

const PDF = new Uint8Array(200_000).map((_, at) => (at * 31) % 251);
const MAIL: Mail = {
  messageId: '01920000-0000-7000-8000-000000000001@sprzedawca.pl',
  from: { address: 'faktury@sprzedawca.pl' as EmailAddress, name: 'Żółć sp. z o.o.' },
  replyTo: 'biuro@sprzedawca.pl' as EmailAddress,
  to: 'zakupy@nabywca.pl' as EmailAddress,
  subject: 'Faktura FV/2026/11/0001 - Źdźbło',
  text: 'Dzień dobry,\n\n.kropka na początku wiersza\n',
  language: 'pl',
  attachments: [{ fileName: 'faktura-FV-1.pdf', contentType: 'application/pdf', bytes: PDF }],
};

let system: MailSystem;
let port: number;

beforeEach(async () => {
  system = new MailSystem();
  port = await system.listen();
});
afterEach(() => system.close());

const sender = (more: Partial<SmtpOptions> = {}): SmtpMailSender =>
  new SmtpMailSender({ host: '127.0.0.1', port, security: 'none', ...more });

function onlyOne<T>(all: readonly T[]): T {
  const [first] = all;
  if (first === undefined || all.length !== 1) throw new Error(`${all.length} instead of one`);
  return first;
}

describe('SmtpMailSender', () => {
  it('gives the whole message, and the receiver reads what was meant', async () => {
    expect(await sender().send(MAIL)).toEqual({ kind: 'taken' });

    const mail = onlyOne(system.taken);
    expect(mail).toMatchObject({ subject: MAIL.subject, text: MAIL.text });
    expect(mail.messageId).toBe('<01920000-0000-7000-8000-000000000001@sprzedawca.pl>');
    expect(mail.from?.value).toEqual([{ address: 'faktury@sprzedawca.pl', name: 'Żółć sp. z o.o.' }]);
    expect(mail.replyTo?.value).toMatchObject([{ address: 'biuro@sprzedawca.pl' }]);
    expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
    const pdf = onlyOne(mail.attachments);
    expect(pdf).toMatchObject({ filename: 'faktura-FV-1.pdf', contentType: 'application/pdf' });
    expect(new Uint8Array(pdf.content)).toEqual(PDF);
  });

  it('lets no line break of a header make another header', async () => {
    const name = 'Firma\r\nBcc: obcy@example.com';
    await sender().send({ ...MAIL, from: { ...MAIL.from, name }, subject: 'a\r\nBcc: obcy@example.com\r\n\r\nb' });

    expect(system.taken[0]?.headers.has('bcc')).toBe(false);
    expect(system.taken[0]?.text).toBe(MAIL.text);
  });

  it.each<[Trouble, object]>([
    [
      { at: 'mail', answer: 451 },
      { kind: 'later', cause: 'MAIL FROM: SMTP 451', smtpStatus: 451 },
    ],
    [
      { at: 'mail', answer: 550 },
      { kind: 'refused', cause: 'MAIL FROM: SMTP 550', smtpStatus: 550 },
    ],
    [
      { at: 'rcpt', answer: 450 },
      { kind: 'later', cause: 'RCPT TO: SMTP 450', smtpStatus: 450 },
    ],
    [
      { at: 'rcpt', answer: 550 },
      { kind: 'refused', cause: 'RCPT TO: SMTP 550', smtpStatus: 550 },
    ],
    [
      { at: 'data', answer: 452 },
      { kind: 'later', cause: 'DATA: SMTP 452', smtpStatus: 452 },
    ],
    [
      { at: 'data', answer: 554 },
      { kind: 'refused', cause: 'DATA: SMTP 554', smtpStatus: 554 },
    ],
    [{ at: 'mail', answer: 'cut' }, { kind: 'later' }],
    [{ at: 'rcpt', answer: 'cut' }, { kind: 'later' }],
    [
      { at: 'data', answer: 'cut' },
      { kind: 'unknown', cause: 'the message was given, and no answer came' },
    ],
    [
      { at: 'data', answer: 'silence' },
      { kind: 'unknown', cause: 'the message was given, and no answer came' },
    ],
  ])('tells what %o means, and never quotes the server', async (trouble, outcome) => {
    system.trouble = trouble;

    const told = await sender(trouble.answer === 'silence' ? { times: { silenceMs: 300 } } : {}).send(MAIL);

    expect(told).toMatchObject(outcome);
    expect(JSON.stringify(told)).not.toMatch(/says the server|nabywca/);
    expect(system.taken).toHaveLength(0);
  });

  it('is sure that a server has nothing when the message was cut half-way', async () => {
    system.trouble = { at: 'body', answer: 'cut' };
    // Far more than the buffers between two sockets hold.
    const bytes = new Uint8Array(30_000_000);

    const outcome = await sender().send({ ...MAIL, attachments: [{ ...MAIL.attachments[0]!, bytes }] });

    expect(outcome).toMatchObject({ kind: 'later' });
    expect(system.taken).toHaveLength(0);
  });

  it('logs in; a wrong password is about us, not about the message', async () => {
    const login = { user: MAIL_USER, password: MAIL_PASSWORD };
    expect(await sender({ login }).send(MAIL)).toEqual({ kind: 'taken' });

    const outcome = await sender({ login: { ...login, password: 'wrong' } }).send(MAIL);
    expect(outcome).toMatchObject({ kind: 'later', smtpStatus: 535 });
    expect(JSON.stringify(outcome)).not.toContain('wrong');
  });

  it('says nothing of the message to a server that does not encrypt', async () => {
    expect(await sender({ security: 'starttls' }).send(MAIL)).toMatchObject({ kind: 'later' });
    expect(system.taken).toHaveLength(0);
  });

  it('does not trust an authority that nobody gave it, and trusts the one that was given', async () => {
    const encrypted = new MailSystem({ disabledCommands: [] });
    const tlsPort = await encrypted.listen();
    try {
      const outcome = await new SmtpMailSender({ host: '127.0.0.1', port: tlsPort, security: 'starttls' }).send(MAIL);
      expect(outcome).toMatchObject({ kind: 'later' });
      expect(encrypted.taken).toHaveLength(0);
    } finally {
      await encrypted.close();
    }
  });

  it('does not offer more than the server says it takes', async () => {
    const small = new MailSystem({ size: 1000 });
    const smallPort = await small.listen();
    try {
      const outcome = await new SmtpMailSender({ host: '127.0.0.1', port: smallPort, security: 'none' }).send(MAIL);
      expect(outcome).toMatchObject({ kind: 'refused' });
    } finally {
      await small.close();
    }
  });

  it('tries later when nobody listens, or nobody answers', async () => {
    expect(await sender({ port: 1 }).send(MAIL)).toMatchObject({ kind: 'later', cause: 'CONN: ESOCKET' });

    const silent = await listening(createServer());
    try {
      const times = { connectMs: 200, silenceMs: 200 };
      const outcome = await sender({ port: (silent.address() as AddressInfo).port, times }).send(MAIL);
      expect(outcome).toMatchObject({ kind: 'later' });
    } finally {
      silent.close();
    }
  });

  it('begins nothing for a worker that stops', async () => {
    expect(await sender().send(MAIL, { aborted: true })).toMatchObject({ kind: 'later' });
    expect(system.taken).toHaveLength(0);
  });
});

const listening = (server: Server): Promise<Server> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(server);
    });
  });
