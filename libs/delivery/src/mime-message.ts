import type { Mail } from '@latarnik/domain';
import MailComposer from 'nodemailer/lib/mail-composer';

/** The message as it travels (RFC 5322, MIME). Nothing is fetched and no file is read, whatever stands in it. */
export function mimeMessage(mail: Mail): Promise<Buffer> {
  const { messageId, from, replyTo, to, subject, text, language, attachments } = mail;
  const message = new MailComposer({
    messageId: `<${messageId}>`,
    from: { address: from.address, name: from.name ?? '' },
    ...(replyTo === undefined ? {} : { replyTo }),
    to,
    subject,
    text,
    // Nobody's holiday notice has to answer it (RFC 3834).
    headers: { 'Content-Language': language, 'Auto-Submitted': 'auto-generated' },
    attachments: attachments.map(({ fileName, contentType, bytes }) => ({
      filename: fileName,
      contentType,
      contentDisposition: 'attachment',
      content: Buffer.from(bytes),
    })),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return message.compile().build();
}
