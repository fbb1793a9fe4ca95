/**
 * Classes of SQLSTATE in which a database says that it cannot serve now (PostgreSQL Appendix A): 08 connection, 53
 * insufficient resources, 57 operator intervention; and 40, a transaction that was repeated in vain. Node's own codes of a
 * connection that is not to be had beside them.
 */
const TROUBLE = /^(08|53|57|40)[0-9A-Z]{3}$|^(ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN)$/;

/** What has no code: a server that gave no answer, a pool without a connection to give. */
const POOL_TROUBLE = /^no answer from PostgreSQL|timeout exceeded when trying to connect|Connection terminated/;

const DEEPEST_CAUSE = 5;

/** Whether an error is the database's, and passes without anybody changing the program. */
export function isDatabaseTrouble(error: unknown): boolean {
  let looked: unknown = error;
  for (let depth = 0; depth < DEEPEST_CAUSE && looked instanceof Error; depth += 1) {
    if (TROUBLE.test(codeOf(looked))) return true;
    if (POOL_TROUBLE.test(looked.message)) return true;
    looked = 'driverError' in looked ? looked.driverError : looked.cause;
  }
  return false;
}

/** SQLSTATE as our own errors and those of the driver have it. */
function codeOf(error: object): string {
  const code = 'sqlState' in error ? error.sqlState : 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
