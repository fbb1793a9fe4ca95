export { SmtpMailSender, type SmtpOptions, type SmtpTimes } from './smtp-mail-sender.js';
export { smtpModule } from './smtp.module.js';
