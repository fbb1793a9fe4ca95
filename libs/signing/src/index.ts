// Keys, certificates and signatures. Start at signature/certificate-offline-signer.ts.
export type { EcdsaForm } from './key/ecdsa-form.js';
export { sealLabel } from './key/seal-label.js';
export type { SigningTrouble } from './key/reported-keys.js';
export type { Pkcs11Options } from './pkcs11/pkcs11-token.js';
export { readKeyRing } from './secret-box/key-encryption-key-source.js';
export type { KeyEncryptionKeySource } from './secret-box/key-encryption-key-source.js';
export { LocalKeyEncryptionKeys } from './secret-box/local-key-encryption-keys.js';
export type { KeyRing } from './secret-box/local-key-encryption-keys.js';
export { signingModule } from './signing.module.js';
export type { SigningOptions } from './signing.module.js';
export { UpoTrust } from './upo/upo-trust.js';
export type { UpoTrustOptions } from './upo/upo-trust.js';
export { XadesUpoVerifier } from './upo/xades-upo-verifier.js';
