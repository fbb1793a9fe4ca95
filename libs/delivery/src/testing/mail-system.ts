import type { AddressInfo } from 'node:net';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** At which step a mail system fails: with an answer, or by cutting the connection. */
export type Trouble =
  | { readonly at: 'mail' | 'rcpt' | 'data' | 'auth'; readonly answer: number }
  | { readonly at: 'mail' | 'rcpt' | 'data'; readonly answer: 'cut' }
  | { readonly at: 'body'; readonly answer: 'cut' }
  | { readonly at: 'data'; readonly answer: 'silence' };

export const MAIL_USER = 'latarnik';
export const MAIL_PASSWORD = 'correct horse';

/** A real SMTP server, with the trouble that a test wants. */
export class MailSystem {
  readonly taken: ParsedMail[] = [];
  trouble: Trouble | undefined;
  readonly #server: SMTPServer;

  constructor(options: SMTPServerOptions = {}) {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      logger: false,
      closeTimeout: 100,
      onAuth: ({ username, password }, _session, done) => {
        const good = username === MAIL_USER && password === MAIL_PASSWORD;
        if (good) done(null, { user: MAIL_USER });
        else done(answer(535));
      },
      onMailFrom: (_address, _session, done) => {
        this.meet('mail', done);
      },
      onRcptTo: (_address, _session, done) => {
        this.meet('rcpt', done);
      },
      onData: (stream, _session, done) => {
        if (this.trouble?.at === 'body') {
          stream.once('data', () => {
            this.cut();
          });
        }
        simpleParser(stream).then(
          (mail) => {
            this.meet('data', done, mail);
          },
          () => undefined,
        );
      },
      ...options,
    });
    this.#server.on('error', () => undefined);
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return (this.#server.server.address() as AddressInfo).port;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  private meet(at: Trouble['at'], done: (error?: Error | null) => void, mail?: ParsedMail): void {
    const trouble = this.trouble?.at === at ? this.trouble.answer : undefined;
    if (trouble === 'silence') return;
    if (trouble === 'cut') {
      this.cut();
      return;
    }
    if (trouble === undefined && mail !== undefined) this.taken.push(mail);
    done(trouble === undefined ? null : answer(trouble));
  }

  private cut(): void {
    for (const { _socket: socket } of this.#server.connections as Set<{ _socket: { destroy(): void } }>) {
      socket.destroy();
    }
  }
}

const answer = (responseCode: number): Error => Object.assign(new Error('no, says the server'), { responseCode });
