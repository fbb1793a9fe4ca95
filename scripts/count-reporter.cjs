const { mkdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

/** Leaves the counts of a project's tests where scripts/test.mjs adds them up. */
module.exports = class CountReporter {
  constructor(globalConfig) {
    this.directory = join(globalConfig.rootDir, 'test-output');
  }

  onRunComplete(_contexts, results) {
    const { numPassedTests: passed, numFailedTests, numPendingTests: skipped, numRuntimeErrorTestSuites } = results;
    mkdirSync(this.directory, { recursive: true });
    writeFileSync(
      join(this.directory, 'counts.json'),
      JSON.stringify({ passed, failed: numFailedTests + numRuntimeErrorTestSuites, skipped }),
    );
  }
};
