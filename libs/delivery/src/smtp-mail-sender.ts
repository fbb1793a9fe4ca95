import { Readable } from 'node:stream';
import type { Mail, MailOutcome, MailSender, StopSignal } from '@latarnik/domain';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { mimeMessage } from './mime-message.js';
import { outcomeOf } from './smtp-outcome.js';

/** How a mail system is reached. */
export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  /** `starttls`: nothing is said before the connection is encrypted; `none`: on this machine only. */
  readonly security: 'tls' | 'starttls' | 'none';
  readonly login?: { readonly user: string; readonly password: string };
  /** PEM; in place of the authorities that Node knows. */
  readonly authority?: string;
  readonly times?: Partial<SmtpTimes>;
}

export interface SmtpTimes {
  readonly connectMs: number;
  /** Without a sign of the server. */
  readonly silenceMs: number;
  /** Of everything together. */
  readonly wholeMs: number;
}

/** RFC 5321 §4.5.3.2 allows minutes; a worker's lease does not. What takes longer is tried again, or is unknown. */
const TIMES: SmtpTimes = { connectMs: 10_000, silenceMs: 30_000, wholeMs: 50_000 };

/**
 * One connection for each message. It knows whether the whole message, with the dot that ends it, was given to the server:
 * before that it surely has nothing, after it only the server's answer tells.
 */
export class SmtpMailSender implements MailSender {
  readonly #times: SmtpTimes;

  constructor(private readonly options: SmtpOptions) {
    this.#times = { ...TIMES, ...options.times };
  }

  async send(mail: Mail, stop: StopSignal = { aborted: false }): Promise<MailOutcome> {
    if (stop.aborted) return { kind: 'later', cause: 'the worker stops' };
    const message = await mimeMessage(mail);
    const attempt = new Attempt(this.connection());
    const timer = setTimeout(() => {
      attempt.giveUp();
    }, this.#times.wholeMs);
    try {
      await attempt.connect();
      if (this.options.login !== undefined) await attempt.logIn(this.options.login);
      await attempt.give({ from: mail.from.address, to: [mail.to], size: message.length }, message);
      return { kind: 'taken' };
    } catch (error) {
      return outcomeOf(error, attempt.isGiven);
    } finally {
      clearTimeout(timer);
      attempt.end();
    }
  }

  private connection(): SMTPConnection {
    const { host, port, security, authority } = this.options;
    return new SMTPConnection({
      host,
      port,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      connectionTimeout: this.#times.connectMs,
      greetingTimeout: this.#times.connectMs,
      dnsTimeout: this.#times.connectMs,
      socketTimeout: this.#times.silenceMs,
      logger: false,
      tls: { minVersion: 'TLSv1.2', ...(authority === undefined ? {} : { ca: authority }) },
    });
  }
}

/** In pieces, so that it is read only as fast as the server takes it. */
function* pieces(message: Buffer): Generator<Buffer> {
  for (let at = 0; at < message.length; at += PIECE_BYTES) yield message.subarray(at, at + PIECE_BYTES);
}
const PIECE_BYTES = 65_536;

/** One message on one connection; every step ends, by its answer or by the end of the connection. */
class Attempt {
  /** The server may have the message. */
  isGiven = false;
  #fail: (error: unknown) => void = () => undefined;

  constructor(private readonly connection: SMTPConnection) {
    connection.on('error', (error: unknown) => {
      this.#fail(error);
    });
    connection.on('end', () => {
      this.#fail(new Error('the connection ended'));
    });
  }

  connect(): Promise<void> {
    return this.step((done) => {
      this.connection.connect(done);
    });
  }

  logIn({ user, password }: { readonly user: string; readonly password: string }): Promise<void> {
    return this.step((done) => {
      this.connection.login({ user, pass: password }, done);
    });
  }

  give(envelope: { from: string; to: string[]; size: number }, message: Buffer): Promise<void> {
    const body = Readable.from(pieces(message), { objectMode: false });
    // Whoever writes the dot that ends it has read all before it.
    body.once('end', () => (this.isGiven = true));
    return this.step((done) => {
      this.connection.send(envelope, body, done);
    });
  }

  giveUp(): void {
    this.#fail(new Error('it took too long'));
    this.connection.close();
  }

  end(): void {
    this.#fail = () => undefined;
    this.connection.quit();
  }

  private step(begin: (done: (error?: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      begin((error) => {
        if (error === undefined || error === null) resolve();
        else reject(error);
      });
    });
  }
}
