import { parseArgs } from 'node:util';
import { DEADLINE_RULES_VERSION, POLISH_HOLIDAYS_VERSION, type ChangedPolicies } from '@latarnik/domain';
import { answer, type Answer } from './answer.js';
import { jsonOf, textOf } from './print.js';
import { policyFinding } from './file-format.js';
import { readQuestions, type ReadFile } from './read-questions.js';

export interface CalculatorIo {
  /** @throws when the file cannot be read */
  read(file: string): string;
  out(text: string): void;
  complain(text: string): void;
}

const USAGE = `Usage: npm run deadline -- [--json] [--readings] [--policy NAME=READING]... FILE.json

FILE.json holds one object or an array of objects:
  id, mode        ONLINE, OFFLINE24, OFFLINE, AWARYJNY or TOTAL_FAILURE: as the invoice was declared
  issuedAt        with offset; the Polish day of it is P_1, unless issueDate gives another
  events          [] or objects of type (FAILURE, MAINTENANCE, TOTAL_FAILURE), start, end (null: not ended) and
                  publishedAt (the start, if not given)
  expectedMode, expectedDueDate (null: no day)       optional; compared where given
  sentAt, sessionOpenedAt, session (interactive, batch)  optional; of a batch the opening counts
  policies        optional: readings of the law other than the default, such as {"endAtMidnight": "day-before"}

Exit code 0: computed, and every expected value agrees; 1: one differs; 2: the input is wrong.`;

/** Answers every question of a file with the deadline engine of the product. @returns the exit code */
export function runCalculator(args: readonly string[], io: CalculatorIo): 0 | 1 | 2 {
  const command = readCommand(args);
  if (typeof command === 'string') {
    io.complain(`${command}\n\n${USAGE}`);
    return 2;
  }
  if (command.help) {
    io.out(USAGE);
    return 0;
  }
  const file = readFile(command.file, io);
  if (file === undefined) return 2;
  const answers = file.questions.map((question) => answer(question, command.policies));
  print(answers, command, io);
  return answers.some(({ verdict }) => verdict === 'differs') ? 1 : 0;
}

function print(answers: readonly Answer[], { json, readings }: Command, io: CalculatorIo): void {
  for (const one of answers) {
    if (json) io.out(jsonOf(one));
    else io.out(textOf(one, readings).join('\n'));
  }
  if (!json) io.out(totalOf(answers));
}

interface Command {
  readonly file: string;
  readonly help: boolean;
  readonly json: boolean;
  readonly readings: boolean;
  readonly policies: ChangedPolicies;
}

/** @returns a text when the command is wrong */
function readCommand(args: readonly string[]): Command | string {
  const parsed = parseOptions(args);
  if (typeof parsed === 'string') return parsed;
  const { help = false, json = false, readings = false, policy = [] } = parsed.values;
  const { positionals } = parsed;
  if (!help && positionals.length !== 1) return 'Name one file.';
  const policies = policy.map((text) => text.split('=', 2));
  const wrong = policies.flatMap(([name = '', reading = '']) => findingOf(name, reading));
  if (wrong.length > 0) return wrong.join('\n');
  return {
    file: positionals[0] ?? '',
    help,
    json,
    readings,
    policies: Object.fromEntries(policies) as ChangedPolicies,
  };
}

function findingOf(name: string, reading: string): readonly string[] {
  const finding = policyFinding(name, reading);
  return finding === undefined ? [] : [`--policy ${name}: ${finding}`];
}

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        json: { type: 'boolean' },
        readings: { type: 'boolean' },
        policy: { type: 'string', multiple: true },
      },
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** @returns undefined when there is nothing to compute; then it has said why */
function readFile(name: string, io: CalculatorIo): ReadFile | undefined {
  const text = tryRead(name, io);
  if (text === undefined) return undefined;
  const file = readQuestions(text);
  if (file.ok) {
    for (const note of file.value.notes) io.complain(`note: ${note}`);
    return file.value;
  }
  io.complain(`${name} cannot be computed; found wrong: ${file.error.length}`);
  for (const finding of file.error) io.complain(`  ${finding}`);
  return undefined;
}

function tryRead(name: string, io: CalculatorIo): string | undefined {
  try {
    return io.read(name);
  } catch (error) {
    io.complain(`${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function totalOf(answers: readonly Answer[]): string {
  const count = (verdict: Answer['verdict']) => answers.filter((one) => one.verdict === verdict).length;
  const open = answers.filter(({ kind }) => kind === 'depends-on-sending').map(({ id }) => id);
  const total = `${answers.length} computed: ${count('agrees')} agree, ${count('differs')} differ, ${count('nothing-expected')} without expected values`;
  return [
    `${total} (calendar ${POLISH_HOLIDAYS_VERSION}, rules ${DEADLINE_RULES_VERSION})`,
    ...(open.length === 0
      ? []
      : [`${open.length} depend on the sending, for which sentAt is needed: ${open.join(', ')}`]),
  ].join('\n');
}
