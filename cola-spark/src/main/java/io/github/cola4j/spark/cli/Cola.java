package io.github.cola4j.spark.cli;

import io.github.cola4j.spark.averaging.InconsistentUpdatesException;
import io.github.cola4j.spark.job.InvalidJobException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.util.ServiceLoader;
import org.apache.spark.SparkException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The program's entry: exit code 0 for success, 1 for a failure, 2 for wrong usage, 130 after
 * Ctrl-C.
 */
@Command(
    name = "cola",
    mixinStandardHelpOptions = true,
    versionProvider = Cola.Version.class,
    description = "Fine-tunes one frozen transformer for many tasks at once, on Spark.",
    subcommands = {
      TrainCommand.class,
      CompareCommand.class,
      EvaluateCommand.class,
      PredictCommand.class,
      ChatCommand.class,
      ExportCommand.class,
      ImportCommand.class,
      MergeCommand.class,
      InspectCommand.class,
      CombineCommand.class,
      HelpCommand.class
    },
    footer = {"", "Start with: bin/cola quickstart", "Job files: docs/job-file.md"})
public final class Cola {

  /** Commands that other modules add, found by {@link ServiceLoader}. */
  public interface Extension {
    /** A picocli command. */
    Object command();
  }

  /** The version in the jar's manifest. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Cola.class.getPackage().getImplementationVersion();
      return new String[] {"CoLA4J " + (version == null ? "(not packaged)" : version)};
    }
  }

  /** Runs a command and exits with its code. */
  public static void main(String[] arguments) {
    System.exit(execute(arguments));
  }

  /** Runs a command; returns its exit code. */
  public static int execute(String... arguments) {
    CommandLine line = commandLine();
    line.setExecutionExceptionHandler((e, command, result) -> report(e, command));
    line.setParameterExceptionHandler((e, all) -> wrongUsage(e));
    return arguments.length == 0 ? usage(line) : line.execute(arguments);
  }

  /** All commands and their options, those of other modules too. */
  public static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Cola());
    for (Extension extension : ServiceLoader.load(Extension.class)) {
      line.addSubcommand(extension.command());
    }
    return line;
  }

  private static int usage(CommandLine line) {
    line.usage(line.getErr());
    return CommandLine.ExitCode.USAGE;
  }

  private static int wrongUsage(ParameterException e) {
    PrintWriter err = e.getCommandLine().getErr();
    err.println("error: " + oneLine(e.getMessage()));
    if (!UnmatchedArgumentException.printSuggestions(e, err)) {
      e.getCommandLine().usage(err);
    }
    return CommandLine.ExitCode.USAGE;
  }

  private static int report(Exception e, CommandLine command) {
    PrintWriter err = command.getErr();
    if (e instanceof InvalidJobException) {
      err.println("error: " + oneLine(e.getMessage()));
      return CommandLine.ExitCode.USAGE;
    }
    if (e instanceof StoppedException stopped) {
      err.println(stopped.getMessage());
      return stopped.exitCode();
    }
    Throwable told = cause(e);
    if (told != null) {
      String kind = told instanceof IOException ? told.getClass().getSimpleName() + ": " : "";
      err.println("error: " + kind + oneLine(told.getMessage()) + remedy(told));
    } else {
      e.printStackTrace(err);
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  private static String remedy(Throwable told) {
    return told instanceof InvalidPathException
        ? "; this program can name files in "
            + System.getProperty("sun.jnu.encoding")
            + " only: set LC_ALL=C.UTF-8, for executors too (spark.executorEnv.LC_ALL)"
        : "";
  }

  private static String oneLine(String message) {
    return String.valueOf(message).strip().replaceAll("\\s*\\R\\s*", " ");
  }

  /** What a user can do something about, also where it happened on an executor. */
  private static Throwable cause(Throwable e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof IllegalArgumentException
          || t instanceof ArithmeticException
          || t instanceof InconsistentUpdatesException
          || t instanceof IOException) {
        return t;
      }
      if (t instanceof SparkException && t.getCause() == null) {
        return t;
      }
    }
    return null;
  }
}
