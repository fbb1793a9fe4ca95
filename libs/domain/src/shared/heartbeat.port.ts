/** Does something small again and again while something long runs: how a lease stays short and is still held. */
export interface Heartbeat {
  /**
   * Calls `beat` every so many seconds until `work` ends, and returns what it returned. A beat that fails is passed
   * over: what it kept alive says so itself at the next write.
   */
  during<T>(everySeconds: number, beat: () => Promise<void>, work: () => Promise<T>): Promise<T>;
}
