// Keys, certificates and signatures. Start at signature/software-offline-signer.ts.
export type { KeyEncryptionKeys } from './secret-box/envelope-secret-box.js';
export { readKeyEncryptionKey } from './secret-box/read-key-encryption-key.js';
export { signingModule } from './signing.module.js';
export type { SigningOptions } from './signing.module.js';
