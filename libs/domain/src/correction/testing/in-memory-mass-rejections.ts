import type { Instant } from '../../shared/instant.js';
import { Temporal } from '../../shared/instant.js';
import type { MassRejection, MassRejections } from '../mass-rejections.port.js';

/** Counts what a test says was refused. */
export class InMemoryMassRejections implements MassRejections {
  rejected: readonly Pick<MassRejection, 'formCode' | 'invoices'>[] = [];
  raised: readonly MassRejection[] = [];

  savepoint(): () => void {
    const { raised } = this;
    return () => (this.raised = raised);
  }

  rejectedSince(): Promise<readonly Pick<MassRejection, 'formCode' | 'invoices'>[]> {
    return Promise.resolve(this.rejected);
  }

  raise(warning: MassRejection): Promise<boolean> {
    const known = this.raised.some(
      ({ formCode, raisedAt }) =>
        formCode.systemCode === warning.formCode.systemCode && isAfter(raisedAt, warning.since),
    );
    if (!known) this.raised = [...this.raised, warning];
    return Promise.resolve(!known);
  }

  recent(limit: number): Promise<readonly MassRejection[]> {
    return Promise.resolve([...this.raised].reverse().slice(0, limit));
  }
}

const isAfter = (moment: Instant, other: Instant): boolean => Temporal.Instant.compare(moment, other) > 0;
