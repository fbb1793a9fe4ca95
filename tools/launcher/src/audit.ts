import { auditCommand } from './audit-command.js';

/** `npm run audit -- verify`: whether the audit trail is as it was written. */
process.exitCode = await auditCommand(process.argv.slice(2), process.env, (text) => process.stdout.write(text));
