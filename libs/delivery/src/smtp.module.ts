import { PORTS } from '@latarnik/domain';
import { ContainerModule } from 'inversify';
import { SmtpMailSender, type SmtpOptions } from './smtp-mail-sender.js';

/** Provides the mail sender. Requires nothing. */
export const smtpModule = (options: SmtpOptions): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(PORTS.mailSender).toConstantValue(new SmtpMailSender(options));
  });
