package io.github.cola4j.spark.claim;

/** What a process that has ended has left. */
public final class EndedProcess {
  private EndedProcess() {}

  /** The name of its entry: its number is that of this process, which began later. */
  public static String entry() {
    ProcessIdentity self = ProcessIdentity.self();
    return new ProcessIdentity(self.host(), self.pid(), 1, self.boot(), self.space()) + "-0123abcd";
  }
}
