import type { Instant } from '../../shared/instant.js';
import { Temporal } from '../../shared/instant.js';
import type { FormCode } from '../../invoice/invoice-facts.js';
import type { LiftedStop, MassRejection, MassRejections } from '../mass-rejections.port.js';

/** Counts what a test says was refused. */
export class InMemoryMassRejections implements MassRejections {
  rejected: readonly Pick<MassRejection, 'formCode' | 'invoices'>[] = [];
  raised: readonly MassRejection[] = [];
  lifted: readonly LiftedStop[] = [];

  savepoint(): () => void {
    const { raised, lifted } = this;
    return () => {
      this.raised = raised;
      this.lifted = lifted;
    };
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

  standing(formCode: FormCode, since: Instant): Promise<MassRejection | undefined> {
    const own = ({ formCode: { systemCode } }: { readonly formCode: FormCode }) => systemCode === formCode.systemCode;
    const warning = this.raised.filter(own).findLast(({ raisedAt }) => isAfter(raisedAt, since));
    if (warning === undefined) return Promise.resolve(undefined);
    const isLifted = this.lifted.filter(own).some(({ liftedAt }) => !isAfter(warning.raisedAt, liftedAt));
    return Promise.resolve(isLifted ? undefined : warning);
  }

  lift(stop: LiftedStop): Promise<void> {
    this.lifted = [...this.lifted, stop];
    return Promise.resolve();
  }

  recent(limit: number): Promise<readonly MassRejection[]> {
    return Promise.resolve([...this.raised].reverse().slice(0, limit));
  }
}

const isAfter = (moment: Instant, other: Instant): boolean => Temporal.Instant.compare(moment, other) > 0;
