import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ESLint } from 'eslint';

const root = join(import.meta.dirname, '..', '..', '..');

/** Lints text as if it stood in that file of the workspace. The file must exist: typed rules know only real ones. */
async function complaintsAbout(file: string, code: string): Promise<readonly string[]> {
  const eslint = new ESLint({ cwd: root });
  const [result] = await eslint.lintText(code, { filePath: join(root, file) });
  return (result?.messages ?? []).map(({ ruleId, message }) => `${ruleId ?? 'parser'}: ${message}`);
}

const PLANTED: readonly {
  readonly what: string;
  readonly file: string;
  readonly code: string;
  readonly caught: RegExp;
}[] = [
  {
    what: 'the domain uses Nest',
    file: 'libs/domain/src/party/nip.ts',
    code: "import { Injectable } from '@nestjs/common';\nexport const planted = Injectable;\n",
    caught: /@nx\/enforce-module-boundaries/,
  },
  {
    what: 'the domain uses an adapter',
    file: 'libs/domain/src/party/nip.ts',
    code: "import { fa3Module } from '@latarnik/fa3';\nexport const planted = fa3Module;\n",
    caught: /@nx\/enforce-module-boundaries/,
  },
  {
    what: 'the domain reads a file',
    file: 'libs/domain/src/party/nip.ts',
    code: "import { readFileSync } from 'node:fs';\nexport const planted = readFileSync;\n",
    caught: /no-restricted-imports/,
  },
  {
    what: 'the domain looks at the clock',
    file: 'libs/domain/src/party/nip.ts',
    code: 'export const planted = Date.now();\n',
    caught: /no-restricted-globals/,
  },
  {
    what: 'the domain asks Temporal for the time',
    file: 'libs/domain/src/party/nip.ts',
    code: "import { Temporal } from 'temporal-polyfill';\nexport const planted = Temporal.Now.instant();\n",
    caught: /no-restricted-syntax/,
  },
  {
    what: 'the domain throws dice',
    file: 'libs/domain/src/party/nip.ts',
    code: 'export const planted = Math.random();\n',
    caught: /no-restricted-properties/,
  },
  {
    what: 'an adapter uses another adapter',
    file: 'libs/fa3/src/index.ts',
    code: "import { signingModule } from '@latarnik/signing';\nexport const planted = signingModule;\n",
    caught: /@nx\/enforce-module-boundaries/,
  },
  {
    what: 'an adapter uses Nest',
    file: 'libs/persistence/src/index.ts',
    code: "import { Injectable } from '@nestjs/common';\nexport const planted = Injectable;\n",
    caught: /@nx\/enforce-module-boundaries/,
  },
  {
    what: 'an adapter uses the composition',
    file: 'libs/signing/src/index.ts',
    code: "import { compose } from '@latarnik/composition';\nexport const planted = compose;\n",
    caught: /@nx\/enforce-module-boundaries/,
  },
  {
    what: 'an app uses an adapter directly',
    file: 'apps/api/src/index.ts',
    code: "import { migrate } from '@latarnik/persistence';\nexport const planted = migrate;\n",
    caught: /@nx\/enforce-module-boundaries/,
  },
  {
    what: 'the worker uses Nest',
    file: 'apps/worker/src/index.ts',
    code: "import { Module } from '@nestjs/common';\nexport const planted = Module;\n",
    caught: /@nx\/enforce-module-boundaries/,
  },
  {
    what: 'a library uses a tool',
    file: 'libs/composition/src/index.ts',
    code: "import { startSimulator } from '@latarnik/ksef-simulator';\nexport const planted = startSimulator;\n",
    caught: /@nx\/enforce-module-boundaries/,
  },
  {
    what: 'a use case reads the environment',
    file: 'libs/composition/src/index.ts',
    code: "export const planted = process.env['PATH'];\n",
    caught: /no-restricted-properties/,
  },
];

describe('the dependency rule', () => {
  it.each(PLANTED)('is broken when $what, and the lint says so', async ({ file, code, caught }) => {
    expect(await complaintsAbout(file, code)).toContainEqual(expect.stringMatching(caught));
  });

  it('lets an adapter use the domain', async () => {
    const code = "import { PORTS } from '@latarnik/domain';\n\nexport const allowed = PORTS;\n";

    expect(await complaintsAbout('libs/fa3/src/index.ts', code)).toEqual([]);
  });
});
