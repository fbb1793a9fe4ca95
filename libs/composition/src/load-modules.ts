import type { Container, ContainerModule } from 'inversify';
import { auditedSigners } from './certificate-use-cases.js';

/**
 * Loads the adapters, then what replaces them. What must hold for any adapter comes last: rebinding a port takes the
 * activations away that it had.
 */
export function loadModules(
  container: Container,
  adapters: readonly ContainerModule[],
  replacements: readonly ContainerModule[],
): void {
  container.load(...adapters, ...replacements, auditedSigners);
}
