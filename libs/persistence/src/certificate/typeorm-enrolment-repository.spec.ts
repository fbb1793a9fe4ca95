import {
  ENROLMENT_TRANSITIONS,
  type CertificateId,
  type CertificateName,
  type CertificateSerial,
  type Enrolment,
  type EnrolmentReference,
  type KeyFingerprint,
  type PreparedEnrolment,
  type SealedKey,
} from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import { bytesOf, CONTEXT, nextId, NOON, OTHER_CONTEXT } from '../testing/samples.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const { inTenant } = stage;
const STATES = Object.keys(ENROLMENT_TRANSITIONS) as Enrolment['state'][];

const request = {
  csr: bytesOf('csr'),
  keyFingerprint: 'fingerprint' as KeyFingerprint,
  sealedKey: bytesOf('sealed') as SealedKey,
};

const anEnrolment = (more: Partial<PreparedEnrolment> = {}): PreparedEnrolment => ({
  state: 'prepared',
  id: nextId() as CertificateId,
  context: CONTEXT,
  name: 'Kasa nr 1 żółta' as CertificateName,
  type: 'offline',
  keyAlgorithm: 'ec-p256',
  plannedAt: NOON,
  sendings: 0,
  version: 0,
  request,
  ...more,
});

/** The enrolment as it would be in another state. */
function inState({ request: key, state: _state, ...plan }: PreparedEnrolment, state: Enrolment['state']): Enrolment {
  const keyed = { ...plan, sendings: 1, request: key };
  const serial = '01F20A5D352AE590' as CertificateSerial;
  const sent = { sentAt: NOON.add({ seconds: 1 }), remainingBefore: 299 };
  switch (state) {
    case 'prepared':
      return { ...keyed, state };
    case 'sending':
      return { ...keyed, ...sent, state };
    case 'submitted':
      return { ...keyed, ...sent, state, reference: '20261120-EH-1' as EnrolmentReference };
    case 'issued':
      return { ...keyed, state, serial };
    case 'completed':
      return { ...plan, sendings: 1, state, serial };
    case 'refused':
      return { ...plan, sendings: 1, state, refusal: { code: 'ENROLMENT_REJECTED', description: 'Nie', details: [] } };
  }
}

let keys = 0;
const aClaim = (key = `key-${String((keys += 1))}`) => ({ key, fingerprint: 'as asked' });
const add = (enrolment: PreparedEnrolment, claim = aClaim(), tenant = stage.tenant) =>
  inTenant(tenant, ({ enrolments }) => enrolments.add(enrolment, claim));
const save = (enrolment: Enrolment) => inTenant(stage.tenant, ({ enrolments }) => enrolments.save(enrolment));
const find = (id: CertificateId, tenant = stage.tenant) => inTenant(tenant, ({ enrolments }) => enrolments.find(id));

/** Plants a row in a state that only a story leads to. */
async function plant(enrolment: PreparedEnrolment, state: Enrolment['state']): Promise<void> {
  await add(enrolment);
  if (state === 'prepared') return;
  await stage.database.force('ALTER TABLE enrolment DISABLE TRIGGER enrolment_guard');
  try {
    await save(inState(enrolment, state));
    await stage.database.force('UPDATE enrolment SET version = 0 WHERE id = $1', [enrolment.id]);
  } finally {
    await stage.database.force('ALTER TABLE enrolment ENABLE TRIGGER enrolment_guard');
  }
}

describe('the lifecycle of an enrolment in the database', () => {
  it('is the table of the domain', async () => {
    const rows = await stage.database.sql<{ from_state: string; to_state: string }>(
      'SELECT * FROM enrolment_transition',
    );
    const declared = STATES.flatMap((from) => ENROLMENT_TRANSITIONS[from].map((to) => `${from} -> ${to}`)).sort();
    expect(rows.map((row) => `${row.from_state} -> ${row.to_state}`).sort()).toEqual(declared);
  });

  it.each(STATES)('lets one leave %s only along it, with the data of its state and no other', async (from) => {
    const reached: Enrolment['state'][] = [];
    for (const to of STATES.filter((state) => state !== from)) {
      const tenant = await stage.database.aTenant();
      const enrolment = anEnrolment();
      const target = inState(enrolment, to);
      await inTenant(tenant, ({ enrolments }) => enrolments.add(enrolment, aClaim()));
      await stage.database.force('ALTER TABLE enrolment DISABLE TRIGGER enrolment_guard');
      if (from !== 'prepared') {
        await inTenant(tenant, ({ enrolments }) => enrolments.save(inState(enrolment, from)));
        await stage.database.force('UPDATE enrolment SET version = 0 WHERE id = $1', [enrolment.id]);
      }
      await stage.database.force('ALTER TABLE enrolment ENABLE TRIGGER enrolment_guard');
      const error: unknown = await inTenant(tenant, ({ enrolments }) => enrolments.save(target)).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error === undefined) {
        reached.push(to);
        expect(await find(enrolment.id, tenant)).toEqual({ ...target, version: 1 });
      } else {
        // A key that is gone does not come back: that is seen first.
        expect(error).toMatchObject({ sqlState: expect.stringMatching(/^LA00[12]$/) as unknown });
      }
    }
    const declared: readonly Enrolment['state'][] = ENROLMENT_TRANSITIONS[from];
    expect(reached).toEqual(STATES.filter((to) => declared.includes(to)));
  });

  it('holds each state to its own data', async () => {
    const enrolment = anEnrolment();
    await plant(enrolment, 'submitted');
    for (const [change, constraint] of [
      ['sealed_key = NULL', 'enrolment_key'],
      ['reference = NULL', 'enrolment_reference'],
      ['sent_at = NULL', 'enrolment_sending'],
      [`serial = '01F20A5D352AE590'`, 'enrolment_serial'],
      [`refusal = '{}'`, 'enrolment_refusal'],
    ]) {
      await expect(
        stage.database.sql(`UPDATE enrolment SET ${String(change)} WHERE id = $1`, [enrolment.id]),
      ).rejects.toMatchObject({ code: '23514', constraint });
    }
    await expect(
      stage.database.sql(`UPDATE enrolment SET name = 'Other' WHERE id = $1`, [enrolment.id]),
    ).rejects.toMatchObject({ code: 'LA001' });
    await expect(stage.database.sql('DELETE FROM enrolment WHERE id = $1', [enrolment.id])).rejects.toMatchObject({
      code: 'LA001',
    });
  });
});

describe('adding an enrolment', () => {
  it('keeps it to the last byte, and finds it by id and by key', async () => {
    const enrolment = anEnrolment({ validFrom: NOON.add({ hours: 24 }), type: 'authentication', keyAlgorithm: 'rsa' });
    expect(await add(enrolment, aClaim('mine'))).toBe(true);

    expect(await find(enrolment.id)).toEqual(enrolment);
    const found = await inTenant(stage.tenant, ({ enrolments }) => enrolments.findByKey('mine'));
    expect(found).toEqual({ fingerprint: 'as asked', enrolment });
    const other = await stage.database.aTenant();
    expect(await find(enrolment.id, other)).toBeUndefined();
    expect(await inTenant(other, ({ enrolments }) => enrolments.findByKey('mine'))).toBeUndefined();
  });

  it('takes one of a type in a context at a time, and a key once, also of those that come at once', async () => {
    const outcomes = await Promise.all([0, 1, 2].map(() => add(anEnrolment())));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await add(anEnrolment({ type: 'authentication' }))).toBe(true);
    expect(await add(anEnrolment({ context: OTHER_CONTEXT }), aClaim('once'))).toBe(true);
    expect(await add(anEnrolment({ context: OTHER_CONTEXT, type: 'authentication' }), aClaim('once'))).toBe(false);
    const [running] = await inTenant(stage.tenant, ({ enrolments }) => enrolments.underWay());
    await save({ ...inState(running as PreparedEnrolment, 'refused'), version: 0 });
    expect(await add(anEnrolment())).toBe(true);
  });
});

describe('enrolments under way', () => {
  it('are given out once until their time comes again', async () => {
    const [first, second] = [anEnrolment(), anEnrolment({ type: 'authentication' })];
    await add(first);
    await add(second);
    const claim = () =>
      inTenant(stage.tenant, async ({ enrolments }) => (await enrolments.claim(10, 60)).map(({ id }) => id));

    expect((await Promise.all([claim(), claim()])).flat().sort()).toEqual([first.id, second.id]);
    expect(await claim()).toEqual([]);
    const tenants = () => stage.database.unitOfWork.inSystem((stores) => stores.tenants.withCertificateWork(NOON));
    expect(await tenants()).not.toContain(stage.tenant);
    await inTenant(stage.tenant, ({ enrolments }) => enrolments.postpone(second.id, 0));
    expect(await tenants()).toContain(stage.tenant);
    expect(await claim()).toEqual([second.id]);
  });

  it('are saved by one of two', async () => {
    const enrolment = anEnrolment();
    await add(enrolment);
    const outcomes = await Promise.allSettled([0, 1].map(() => save(inState(enrolment, 'sending'))));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { name: 'ConcurrentUpdateError' },
    });
  });

  it('are listed newest first, a page at a time', async () => {
    const all = [anEnrolment(), anEnrolment({ type: 'authentication' }), anEnrolment({ context: OTHER_CONTEXT })];
    for (const each of all) await add(each);
    const list = (limit: number, after?: CertificateId) =>
      inTenant(stage.tenant, async ({ enrolments }) => (await enrolments.list(limit, after)).map(({ id }) => id));
    expect(await list(2)).toEqual([all[2]?.id, all[1]?.id]);
    expect(await list(2, all[1]?.id)).toEqual([all[0]?.id]);
  });
});

describe('the key of an enrolment', () => {
  it('moves to another key-encryption key, and a worker that read the old box cannot write it back', async () => {
    const enrolment = anEnrolment();
    await add(enrolment);
    const boxes = stage.database.sealedBoxes;
    const stored = (await boxes.page('certificate', undefined, 1000)).find(({ id }) => id === enrolment.id);
    expect(stored).toEqual({
      ...{ kind: 'certificate', tenant: stage.tenant, id: enrolment.id, purpose: 'offline', box: bytesOf('sealed') },
    });
    if (stored === undefined) return;

    expect(await boxes.replace(stored, bytesOf('anew'))).toBe('replaced');
    expect(await boxes.replace(stored, bytesOf('again'))).toBe('gone');
    expect(await find(enrolment.id)).toMatchObject({ version: 1, request: { sealedKey: bytesOf('anew') } });
    await expect(save(inState(enrolment, 'sending'))).rejects.toMatchObject({ name: 'ConcurrentUpdateError' });
  });
});
