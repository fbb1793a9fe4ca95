import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runCalculator } from './calculator.js';

const ROOT = join(import.meta.dirname, '../../..');
const EXAMPLES = join(ROOT, 'libs/domain/src/deadline/__fixtures__/deadline-examples.json');
const SENDING_TIMES = join(import.meta.dirname, '__fixtures__/sending-times.json');

type Example = Record<string, unknown> & { readonly id: string };
const readExamples = () => JSON.parse(readFileSync(EXAMPLES, 'utf8')) as readonly Example[];
const example = (id: string): Example => readExamples().find((one) => one.id === id)!;

/** The calculator over a text that stands for the file. */
function run(file: unknown, ...args: readonly string[]) {
  const [out, complaints]: [string[], string[]] = [[], []];
  const exitCode = runCalculator([...args, 'FILE.json'], {
    read: () => (typeof file === 'string' ? file : JSON.stringify(file)),
    out: (text) => out.push(text),
    complain: (text) => complaints.push(text),
  });
  return { exitCode, out: out.join('\n'), complaints: complaints.join('\n') };
}

/** Of each id: the first line of its answer. */
const headings = (out: string) => out.split('\n').filter((line) => /^[A-Z]\d\d {2}/.test(line));

describe('the calculator over the worked examples', () => {
  it('computes each of them, and each agrees', () => {
    const { exitCode, out, complaints } = run(readExamples());
    expect(complaints).toBe('');
    expect(exitCode).toBe(0);
    expect(headings(out).map((line) => line.slice(0, 3))).toEqual(readExamples().map(({ id }) => id));
    expect(out.split('\n').slice(-2)).toEqual([
      '69 computed: 69 agree, 0 differ, 0 without expected values (calendar pl-2025.1, rules pl-vat-2026.2)',
      '6 depend on the sending, for which sentAt is needed: A04, A05, A06, A07, H01, H02',
    ]);
  });

  it('decides those declared online when their sending is given', () => {
    const { exitCode, out } = run(readFileSync(SENDING_TIMES, 'utf8'));
    expect(exitCode).toBe(0);
    expect(headings(out)).toEqual([
      'A04  OFFLINE24  due Mon 2025-10-06, until 2025-10-06T23:59:59.999+02:00 (art. 106nda(2)); sent in time',
      'A05  ONLINE  no deadline',
      'A06  OFFLINE24  due Mon 2025-10-06, until 2025-10-06T23:59:59.999+02:00 (art. 106nda(2)); sent in time',
      'A07  ONLINE  no deadline',
      'H01  OFFLINE24  due Mon 2026-11-23, until 2026-11-23T23:59:59.999+01:00 (art. 106nda(2)); sent LATE',
      'H02  OFFLINE24  due Mon 2026-11-23, until 2026-11-23T23:59:59.999+01:00 (art. 106nda(2)); sent in time',
    ]);
    expect(out).not.toContain('depend on the sending');
  });

  it('does so the same way as a compiled command, for a single object too', () => {
    const { out } = run(example('A02'));
    const directory = mkdtempSync(join(tmpdir(), 'deadline-'));
    try {
      writeFileSync(join(directory, 'a02.json'), `\uFEFF${JSON.stringify(example('A02'))}`);
      const command = spawnSync(process.execPath, [join(ROOT, 'tools/deadline/dist/main.js'), 'a02.json'], {
        encoding: 'utf8',
        env: { ...process.env, INIT_CWD: directory },
      });
      expect(command.stderr).toBe('');
      expect(command.stdout).toBe(`${out}\n`);
      expect(command.status).toBe(0);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('an answer', () => {
  it('says the procedure, the due day and every step', () => {
    expect(run(example('A02')).out).toBe(
      [
        'A02  AWARYJNY  due Tue 2025-07-22, until 2025-07-22T23:59:59.999+02:00 (art. 106nha)',
        '  1. Issued on 2025-07-08 10:00 (Europe/Warsaw), dated 2025-07-08.',
        '  2. No announced outage covers the moment of issue: offline24.',
        '  3. Due on the next business day after 2025-07-08, which is 2025-07-09 (art. 106nda(2)).',
        '  4. Failure event 1 was announced on 2025-07-09 09:00, while the invoice waited: the failure rules govern (art. 106nha).',
        '  5. The failure ended on 2025-07-12 14:00: seven business days end on 2025-07-22 (art. 106nha).',
        '  expected AWARYJNY, 2025-07-22: agrees',
        '',
        '1 computed: 1 agree, 0 differ, 0 without expected values (calendar pl-2025.1, rules pl-vat-2026.2)',
      ].join('\n'),
    );
  });

  it('needs no expected values', () => {
    const { expectedMode: _mode, expectedDueDate: _day, ...asked } = example('D01');
    const { exitCode, out } = run(asked);
    expect(exitCode).toBe(0);
    expect(out).toContain('D01  AWARYJNY  due Wed 2026-12-02');
    expect(out).not.toContain('  expected ');
    expect(out).toContain('1 computed: 0 agree, 0 differ, 1 without');
  });

  it.each([
    ['a day', 'D01', { expectedDueDate: '2026-12-03' }],
    ['a mode', 'D01', { expectedMode: 'OFFLINE24' }],
    ['a day where there is none', 'T01', { expectedDueDate: '2026-11-25' }],
    ['no day where there is one', 'B01', { expectedDueDate: null }],
    ['a day that no sending gives', 'A04', { expectedDueDate: '2025-10-07' }],
    ['online with a day', 'A07', { expectedDueDate: '2026-02-02' }],
  ])('differs when the file expects %s', (_what, id, wrong) => {
    const { exitCode, out } = run([example('B01'), { ...example(id), ...wrong }]);
    expect(exitCode).toBe(1);
    expect(out).toContain('DIFFERS');
    expect(out).toContain('2 computed: 1 agree, 1 differ');
  });

  it('compares only what is expected', () => {
    const { expectedMode: _mode, ...onlyDay } = example('D01');
    expect(run(onlyDay).out).toContain('  expected 2026-12-02: agrees');
    const { expectedDueDate: _day, ...onlyMode } = example('D01');
    expect(run({ ...onlyMode, expectedMode: 'OFFLINE' })).toMatchObject({ exitCode: 1 });
  });

  it('is open while an announced failure has not ended', () => {
    const failure = { type: 'FAILURE', start: '2026-11-23T09:00:00+01:00', end: null };
    const { out } = run({ ...example('D01'), events: [failure], expectedDueDate: null });
    expect(out).toContain('D01  AWARYJNY  no day yet: the outage has not ended (art. 106nf(4))');
    expect(out).toContain('expected AWARYJNY, no day: agrees');
  });

  it('is a refusal when P_1 lies after the day of sending', () => {
    const { exitCode, out } = run({ ...example('A07'), issueDate: '2026-02-02', sentAt: '2026-02-01T23:50:00+01:00' });
    expect(out).toContain('A07  refused by KSeF');
    expect(exitCode).toBe(1);
  });

  it('may be read otherwise: by a policy of the file or of the command', () => {
    const asked = { ...example('C04'), expectedDueDate: '2026-12-10' };
    expect(run(asked).exitCode).toBe(1);
    expect(run({ ...asked, policies: { endAtMidnight: 'day-before' } }).exitCode).toBe(0);
    const { exitCode, out } = run(asked, '--policy', 'endAtMidnight=day-before');
    expect(exitCode).toBe(0);
    expect(out).toContain('Read as the tenant decided: endAtMidnight = day-before.');
  });

  it('shows the other readings of the law where that is asked', () => {
    const line = '  other reading, endAtMidnight = day-before: OFFLINE  due Thu 2026-12-10';
    expect(run(example('C04')).out).not.toContain('other reading');
    expect(run(example('C04'), '--readings').out).toContain(line);
  });

  it('is one line of JSON each, where that is asked', () => {
    const { exitCode, out } = run([example('D01'), example('A04')], '--json');
    expect(exitCode).toBe(0);
    const [d01, a04] = out.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(d01).toMatchObject({
      id: 'D01',
      kind: 'answered',
      outcome: {
        mode: 'AWARYJNY',
        kind: 'due',
        dueDate: '2026-12-02',
        endsAt: '2026-12-02T22:59:59.999Z',
        calendarVersion: 'pl-2025.1',
        inputs: { rulesVersion: 'pl-vat-2026.2', bulletins: [{ bulletinId: 'event 1', version: 1 }] },
      },
      verdict: 'agrees',
    });
    expect(a04).toMatchObject({
      kind: 'depends-on-sending',
      sentOnTheDay: { mode: 'ONLINE', dueDate: null },
      sentLater: { mode: 'OFFLINE24', dueDate: '2025-10-06' },
    });
    expect(out.split('\n')).toHaveLength(2);
  });

  it('does not depend on the order of the events', () => {
    const { events, ...rest } = example('G01') as Example & { events: readonly unknown[] };
    const [one, other] = [run({ ...rest, events }), run({ ...rest, events: [...events].reverse() })];
    expect(headings(other.out)).toEqual(headings(one.out));
  });
});

describe('wrong input', () => {
  const findings = (file: unknown) => {
    const { exitCode, out, complaints } = run(file);
    expect(exitCode).toBe(2);
    expect(out).toBe('');
    return complaints.split('\n').slice(1);
  };

  it('is named, every finding of it, by its place', () => {
    const failure = { type: 'FAILURE', start: '2026-11-23T09:00:00+01:00', end: '2026-11-23T08:00:00+01:00' };
    expect(
      findings([
        {
          id: 'X1',
          mode: 'OFFLINE',
          issuedAt: '2026-11-23 10:00',
          events: [failure, 7],
          expectedDueDate: '2026-02-30',
        },
        { mode: 'offline24', issuedAt: '2026-13-01T10:00:00+01:00', events: {} },
        'X3',
        { ...example('D01'), policies: { endAtMidnight: 'noon', sunday: 'free' } },
      ]),
    ).toEqual([
      '  [0] X1.issuedAt: "2026-11-23 10:00" must be a moment with its offset, such as 2026-11-23T09:00:00+01:00',
      '  [0] X1.events[0].end: is before the start',
      '  [0] X1.events[1]: 7 must be an object',
      '  [0] X1.expectedDueDate: "2026-02-30" must be a day, such as 2026-11-23',
      '  [1].id: is missing; it must be a text',
      '  [1].mode: "offline24" must be one of ONLINE, OFFLINE24, OFFLINE, AWARYJNY, TOTAL_FAILURE',
      '  [1].issuedAt: "2026-13-01T10:00:00+01:00" must be a moment with its offset, such as 2026-11-23T09:00:00+01:00',
      '  [1].events: {} must be an array, [] where nothing was announced',
      '  [2]: "X3" must be an object',
      '  [3] D01.policies.endAtMidnight: "noon" must be one of new-day, day-before',
      expect.stringContaining('  [3] D01.policies.sunday: is no policy; there are saturday, endAtMidnight'),
    ]);
  });

  it.each([
    ['an empty array', [], 'the array is empty'],
    ['no object', 'null', '[0]: null must be an object'],
    ['no JSON', '{"id": ', 'it is not JSON: '],
    ['nothing', '', 'it is not JSON: '],
    ['no events', { id: 'X', mode: 'OFFLINE24', issuedAt: '2026-11-23T10:00:00+01:00' }, 'X.events: is missing'],
  ])('is %s', (_what, file, finding) => {
    expect(findings(file)).toEqual([expect.stringContaining(finding)]);
  });

  it.each([
    [{ sentAt: '2026-11-20T17:59:59+01:00' }, 'H01.sentAt: is before issuedAt'],
    [{ session: 'batch' }, 'H01.sessionOpenedAt: is missing'],
    [{ session: 'interactive' }, 'H01.sentAt: is missing'],
    [{ session: 'post' }, 'H01.session: "post" must be one of interactive, batch'],
    [
      { sentAt: '2026-11-21T00:00:01+01:00', sessionOpenedAt: '2026-11-20T23:59:59+01:00' },
      'H01.session: is missing: interactive or batch?',
    ],
    [
      { session: 'interactive', sentAt: '2026-11-21T00:00:01+01:00', sessionOpenedAt: '2026-11-21T00:00:02+01:00' },
      'H01.sentAt: is before sessionOpenedAt',
    ],
  ])('is a sending such as %p', (sending, finding) => {
    expect(findings({ ...example('H01'), ...sending })).toEqual([expect.stringContaining(finding)]);
  });

  it('is not a field that nobody knows, which is said all the same', () => {
    const { exitCode, complaints } = run({ ...example('B01'), sentat: '2026-11-24T10:00:00+01:00' });
    expect(exitCode).toBe(0);
    expect(complaints).toBe('note: [0] B01.sentat is no field of this format and was not read');
  });

  it.each([
    [['--unknown', 'FILE.json']],
    [['one.json', 'two.json']],
    [[]],
    [['--policy', 'endAtMidnight=noon', 'FILE.json']],
    [['--policy', 'sunday', 'FILE.json']],
  ])('is the command %p, answered with the usage', (args) => {
    const complaints: string[] = [];
    const read = () => JSON.stringify(example('B01'));
    const io = { read, out: () => undefined, complain: (text: string) => complaints.push(text) };
    expect(runCalculator(args, io)).toBe(2);
    expect(complaints.join('\n')).toContain('Usage: npm run deadline -- ');
  });

  it('is a file that is not there', () => {
    const complaints: string[] = [];
    const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
    const io = { read, out: () => undefined, complain: (text: string) => complaints.push(text) };
    expect(runCalculator(['not-there.json'], io)).toBe(2);
    expect(complaints.join('\n')).toMatch(/^not-there\.json cannot be read: .*ENOENT/);
  });
});

it('explains itself on request', () => {
  const { exitCode, out } = run('', '--help');
  expect(exitCode).toBe(0);
  expect(out).toContain('Exit code 0: computed');
});
