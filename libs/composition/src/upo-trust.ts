import {
  PORTS,
  VerifiedSessionReader,
  type SessionReader,
  type UpoTrustPolicy,
  type UpoVerifier,
} from '@latarnik/domain';
import { UpoTrust, XadesUpoVerifier } from '@latarnik/signing';
import { ContainerModule, type Container } from 'inversify';
import { readFile } from 'node:fs/promises';
import type { Log } from './log.js';

/** Whose signature on a UPO counts, and what becomes of one that nobody could check (docs/adr/0020). */
export interface UpoConfiguration {
  /** PEM: certificates that sign UPOs, and authorities that issue them; absent: nothing is checked. */
  readonly upoTrustFile?: string;
  /** A line of the subject of those who sign, such as `O=Ministerstwo Finansów`; needed beside an authority. */
  readonly upoSignerSubject?: string;
  readonly upoSignatures: UpoTrustPolicy['signatures'];
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Reads what the check of UPOs is told; `problem` hears of each variable that is wrong, never of its value. */
export function readUpoTrust(variables: Variables, problem: (text: string) => void): UpoConfiguration {
  const file = variables['LATARNIK_UPO_TRUST_FILE'];
  const subject = variables['LATARNIK_UPO_SIGNER_SUBJECT'];
  const signatures = variables['LATARNIK_UPO_SIGNATURES'] ?? 'checked';
  if (signatures !== 'checked' && signatures !== 'required') {
    problem('LATARNIK_UPO_SIGNATURES must be one of checked, required');
  }
  if (signatures === 'required' && !isSet(file)) {
    problem('LATARNIK_UPO_SIGNATURES is required, but LATARNIK_UPO_TRUST_FILE is not set');
  }
  return {
    ...(isSet(file) ? { upoTrustFile: file } : {}),
    ...(isSet(subject) ? { upoSignerSubject: subject } : {}),
    upoSignatures: signatures === 'required' ? 'required' : 'checked',
  };
}

const isSet = (value: string | undefined): value is string => value !== undefined && value !== '';

const POLICY = Symbol.for('latarnik/composition/UpoTrustPolicy');

/**
 * Provides PORTS.upoVerifier and the policy that `verifiedReader` goes by.
 * @throws when the file cannot be used: a process that was told to check does not run without checking
 */
export async function upoTrustModule(configuration: UpoConfiguration, log: Log): Promise<ContainerModule> {
  const { upoTrustFile, upoSignerSubject, upoSignatures } = configuration;
  const trust =
    upoTrustFile === undefined
      ? undefined
      : new UpoTrust({
          certificatesPem: await readFile(upoTrustFile, 'utf8'),
          ...(upoSignerSubject === undefined ? {} : { signerSubject: upoSignerSubject }),
        });
  const policy: UpoTrustPolicy = {
    signatures: upoSignatures,
    onRefused: ({ session, reason }) => {
      log({ event: 'upo.refused', session, reason });
    },
  };
  return new ContainerModule(({ bind }) => {
    bind(PORTS.upoVerifier).toConstantValue(new XadesUpoVerifier(trust));
    bind(POLICY).toConstantValue(policy);
  });
}

/** The reader that every use case gets: no UPO passes it unchecked. */
export const verifiedReader = (container: Container): SessionReader =>
  new VerifiedSessionReader(
    container.get<SessionReader>(PORTS.sessionReader),
    container.get<UpoVerifier>(PORTS.upoVerifier),
    container.get<UpoTrustPolicy>(POLICY),
  );
