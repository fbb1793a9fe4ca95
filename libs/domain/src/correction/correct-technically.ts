import type { StopSignal } from '../shared/job-source.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { SendTechnicalCorrections } from './send-technical-corrections.js';
import type { TrackTechnicalCorrections } from './track-technical-corrections.js';

export interface CorrectedTechnically {
  readonly posted: number;
  /** Without a final answer. */
  readonly open: number;
}

/** What a worker does for the technical corrections of a tenant: finds out what became of those on their way, sends more. */
export class CorrectTechnically {
  constructor(
    private readonly send: SendTechnicalCorrections,
    private readonly track: TrackTechnicalCorrections,
  ) {}

  async execute(tenant: TenantId, stop: StopSignal = { aborted: false }): Promise<CorrectedTechnically> {
    const before = await this.track.execute(tenant, stop);
    const posted = stop.aborted ? 0 : await this.send.execute(tenant, stop);
    return { posted, open: before + posted };
  }
}
