package io.github.cola4j.spark.cli;

import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.doctor.DoctorCommand;
import io.github.cola4j.spark.data.row.VisibleText;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.report.Build;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.Charset;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The program's entry: exit code 0 for success, 1 for a failure, 2 for wrong usage, 130 after
 * Ctrl-C, 143 after SIGTERM.
 */
@Command(
    name = "cola",
    mixinStandardHelpOptions = true,
    versionProvider = Cola.Version.class,
    description = "Fine-tunes one frozen transformer for many tasks on Spark.",
    subcommands = {
      TrainCommand.class,
      CompareCommand.class,
      EvaluateCommand.class,
      PredictCommand.class,
      ChatCommand.class,
      ExportCommand.class,
      ImportCommand.class,
      MergeCommand.class,
      QuantizeCommand.class,
      InspectCommand.class,
      DoctorCommand.class,
      CombineCommand.class,
      HelpCommand.class
    },
    footer = {"", "Start with: bin/cola quickstart", "Job files: docs/reference/job-file"})
public final class Cola implements Console.Owner {
  private static final String VERBOSE = "--verbose";

  /** Commands that other modules add, found by {@link ServiceLoader}. */
  public interface Extension {
    /** A picocli command. */
    Object command();
  }

  /** Version and commit in the jar's manifest. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"CoLA4J " + Build.running()};
    }
  }

  @Option(
      names = VERBOSE,
      scope = ScopeType.INHERIT,
      description = "Prints where a failure happened: its stack trace, also that of an executor.")
  private boolean verbose;

  private final PrintStream out = System.out;
  private Interruption interruption; // null where no command runs

  @Override
  public PrintStream out() {
    return out;
  }

  @Override
  public void whenStopped(Supplier<String> told) {
    if (interruption != null) {
      interruption.tell(told);
    }
  }

  /** Runs a command and exits with its code. */
  public static void main(String[] arguments) {
    boolean verbose = List.of(arguments).contains(VERBOSE);
    Thread.setDefaultUncaughtExceptionHandler((thread, e) -> die(thread, e, verbose));
    System.exit(run(arguments));
  }

  /**
   * A thread's end that nobody waits for; without memory or code the others would wait for ever.
   */
  private static void die(Thread thread, Throwable e, boolean verbose) {
    PrintWriter err = new PrintWriter(System.err, true, Charset.defaultCharset());
    print(err, "thread " + thread.getName() + ": " + FailureReport.of(e), e, verbose);
    if (e instanceof VirtualMachineError) {
      Runtime.getRuntime().halt(CommandLine.ExitCode.SOFTWARE);
    }
  }

  /**
   * Runs a command in this JVM, which does not end with it. A Spark session that runs already is
   * used and stays open. Standard output and error are filtered meanwhile, and what others print to
   * {@code System.out} goes to standard error, so that only one thread may call this at a time.
   *
   * @param arguments as on the command line, as in {@code run("train", "job.yaml")}
   * @return the exit code: 0 for success, 1 for a failure, 2 for wrong usage
   */
  public static synchronized int run(String... arguments) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    boolean traces = List.of(arguments).contains(VERBOSE);
    VisibleStream shown = new VisibleStream(out, traces);
    System.setOut(shown);
    VisibleStream shownErr = new VisibleStream(err, traces);
    System.setErr(shownErr);
    try (Interruption interruption = new Interruption(shownErr::stop)) {
      CommandLine line = commandLine();
      ((Cola) line.getCommand()).interruption = interruption;
      line.setOut(new PrintWriter(shown, true, Charset.defaultCharset()));
      System.setOut(System.err);
      line.setExecutionExceptionHandler((e, command, result) -> report(e, command));
      line.setParameterExceptionHandler((e, all) -> wrongUsage(e));
      return arguments.length == 0 ? usage(line) : execute(line, arguments);
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  /** Picocli hands its handlers exceptions; errors come through. */
  private static int execute(CommandLine line, String[] arguments) {
    try {
      return line.execute(arguments);
    } catch (Error e) {
      return report(e, line);
    }
  }

  /** All commands and their options, those of other modules too. */
  public static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Cola()).setCaseInsensitiveEnumValuesAllowed(true);
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
    print(err, FailureReport.oneLine(e.getMessage()), e, isVerbose(e.getCommandLine()));
    if (!UnmatchedArgumentException.printSuggestions(e, err)) {
      e.getCommandLine().usage(err);
    }
    return CommandLine.ExitCode.USAGE;
  }

  private static int report(Throwable e, CommandLine command) {
    PrintWriter err = command.getErr();
    Interruption stop =
        command.getCommandSpec().root().userObject() instanceof Cola cola
            ? cola.interruption
            : null;
    if (stop != null && stop.isStopped()) {
      err.println(stop.message());
      return stop.exitCode();
    }
    print(err, FailureReport.of(e), e, isVerbose(command));
    return e instanceof InvalidJobException
        ? CommandLine.ExitCode.USAGE
        : CommandLine.ExitCode.SOFTWARE;
  }

  private static boolean isVerbose(CommandLine command) {
    return command.getCommandSpec().root().userObject() instanceof Cola cola && cola.verbose;
  }

  private static void print(PrintWriter err, String line, Throwable e, boolean verbose) {
    err.println("error: " + line);
    if (verbose) {
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      err.print(VisibleText.lines(trace.toString()));
      err.flush();
    }
  }
}
