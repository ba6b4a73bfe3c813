package io.github.cola4j.spark.cli.console;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How a command prints; every command has it. */
public final class ConsoleOptions {
  @Option(
      names = "--json",
      description =
          "Prints the result as one JSON document on standard output (docs/how-to/pipelines.md).")
  private boolean json;

  @Option(
      names = "--quiet",
      description = "Prints no progress: beside the result only warnings and errors.")
  private boolean quiet;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** Where this run of the command prints. */
  public Console console() {
    return new Console(
        command.qualifiedName(" ").replaceFirst("^cola ", ""),
        command.root().userObject() instanceof Console.Owner owner ? owner : Console.SYSTEM,
        json,
        quiet);
  }
}
