import { expect, it } from '@jest/globals';
import { Temporal, type ContextIdentifier, type DueDay } from '@latarnik/domain';
import { WorkerMetrics } from './metrics.js';

const context = { type: 'Nip', value: '5265877635' } as ContextIdentifier;
const day = (invoices: number, overdue: number, atRisk: number): DueDay => ({
  day: Temporal.PlainDate.from('2026-11-24'),
  context,
  kind: 'due',
  invoices,
  needPerson: 0,
  byRegime: { offline24: invoices },
  atRisk: { '24h': atRisk },
  overdue,
});

it('counts warnings by stage, and says how the deadlines of all tenants stand', async () => {
  const metrics = new WorkerMetrics();
  metrics.alertsRaised({ 'T-24h': 2, overdue: 1 });
  metrics.alertsRaised({ 'T-24h': 3, overdue: 0 });
  metrics.deadlinesMoved(7);
  metrics.deadlinesAre([day(5, 0, 5), day(4, 4, 0)]);
  const text = await metrics.text();
  for (const line of [
    'latarnik_deadline_alerts_total{stage="T-24h"} 5',
    'latarnik_deadline_alerts_total{stage="overdue"} 1',
    'latarnik_deadlines_moved_total 7',
    'latarnik_invoices_waiting{deadline="due"} 9',
    'latarnik_invoices_waiting{deadline="open"} 0',
    'latarnik_invoices_at_risk{within="24h"} 5',
    'latarnik_invoices_overdue 4',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
  expect(text).not.toContain('5265877635');

  metrics.deadlinesAre([]);
  expect((await metrics.text()).split('\n')).toContain('latarnik_invoices_overdue 0');
});

it('counts warnings of certificates, and says how long those in use still live', async () => {
  const metrics = new WorkerMetrics();
  metrics.certificatesAre([
    {
      raised: { '60d': 1, 'open-deadline': 1 },
      inUse: [
        { purpose: 'offline', daysLeft: 29 },
        { purpose: 'authentication', daysLeft: 400 },
      ],
    },
    { raised: { '60d': 2 }, inUse: [{ purpose: 'offline', daysLeft: 59 }] },
  ]);
  const lines = (await metrics.text()).split('\n');
  for (const line of [
    'latarnik_certificate_warnings_total{stage="60d"} 3',
    'latarnik_certificate_warnings_total{stage="open-deadline"} 1',
    'latarnik_certificate_days_left{purpose="offline"} 29',
    'latarnik_certificate_days_left{purpose="authentication"} 400',
    'latarnik_certificates_expiring{within="60d"} 2',
    'latarnik_certificates_expiring{within="30d"} 1',
    'latarnik_certificates_expiring{within="14d"} 0',
  ]) {
    expect(lines).toContain(line);
  }

  metrics.certificatesAre([]);
  expect(await metrics.text()).not.toContain('days_left{');
});
