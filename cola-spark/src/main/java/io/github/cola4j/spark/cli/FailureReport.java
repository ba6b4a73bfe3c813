package io.github.cola4j.spark.cli;

import io.github.cola4j.spark.averaging.InconsistentUpdatesException;
import io.github.cola4j.spark.data.row.VisibleText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkThrowable;

/**
 * A failure as one line: what a user can do something about, wherever it happened. Where Spark
 * carried it from another machine, the line ends with the executor and its host.
 */
final class FailureReport {
  /** Causes looked at; a chain may lead back to its beginning. */
  private static final int DEEPEST = 50;

  /** What Spark puts before an executor's failure. */
  private static final Pattern LOST_TASK =
      Pattern.compile("Lost task \\S+ in stage \\S+ \\(TID \\d+\\) \\((\\S+) executor (\\S+)\\): ");

  private static final Pattern STACK_TRACE = Pattern.compile("(?s)\\s*\\R(\\s+at |Driver stack).*");
  private static final Pattern INNER_CAUSE = Pattern.compile("\\RCaused by: (.*)");

  /** The package of an exception, which says nothing to a user. */
  private static final Pattern PACKAGE =
      Pattern.compile("\\b(?:[a-z_]\\w*\\.)+(?=[A-Z]\\w*(?:Exception|Error)\\b)");

  private static final String VERBOSE = "; --verbose prints where";

  private FailureReport() {}

  /** The line, without a stack trace and without control characters. */
  static String of(Throwable failure) {
    List<Throwable> chain = chain(failure);
    String place = place(chain);
    Throwable told = chain.stream().filter(FailureReport::isTold).findFirst().orElse(null);
    if (told == null || told instanceof LinkageError || told instanceof SparkThrowable) {
      Optional<MissingClass> missing = MissingClass.of(chain);
      if (missing.isPresent()) {
        String side = place.isEmpty() ? "the driver" : "an executor";
        return oneLine(missing.get().told(side) + place + VERBOSE);
      }
    }
    String message = told == null ? unexpected(chain) : message(told);
    return oneLine(PACKAGE.matcher(message).replaceAll("") + place);
  }

  /** Text of others on one line. */
  static String oneLine(String message) {
    return VisibleText.of(String.valueOf(message).strip().replaceAll("\\s*\\R\\s*", " "));
  }

  private static List<Throwable> chain(Throwable failure) {
    List<Throwable> chain = new ArrayList<>();
    for (Throwable t = failure; t != null && chain.size() < DEEPEST; t = t.getCause()) {
      chain.add(t);
    }
    return chain;
  }

  /** Whether its message was written for users. */
  private static boolean isTold(Throwable t) {
    boolean ours =
        t instanceof IllegalArgumentException
            || t instanceof ArithmeticException
            || t instanceof InconsistentUpdatesException;
    return (ours && t.getMessage() != null)
        || t instanceof IOException
        || t instanceof VirtualMachineError
        || t instanceof LinkageError
        || (t instanceof UncheckedIOException && hasOwnMessage(t))
        || (t instanceof SparkThrowable && t.getCause() == null);
  }

  private static boolean hasOwnMessage(Throwable t) {
    return !Objects.equals(t.getMessage(), String.valueOf(t.getCause()));
  }

  private static String message(Throwable told) {
    if (told instanceof UncheckedIOException) {
      String reason = message(told.getCause());
      String own = told.getMessage();
      return told.getCause().getMessage() != null && own.contains(told.getCause().getMessage())
          ? own
          : own + ": " + reason;
    }
    if (told instanceof IOException) {
      boolean plain = told.getClass() == IOException.class && told.getMessage() != null;
      return plain ? told.getMessage() : named(told);
    }
    if (told instanceof Error error) {
      return named(told) + "; " + remedy(error);
    }
    if (told instanceof InvalidPathException) {
      return told.getMessage()
          + "; this program can name files in "
          + System.getProperty("sun.jnu.encoding")
          + " only: set LC_ALL=C.UTF-8, for executors too (spark.executorEnv.LC_ALL)";
    }
    return told instanceof SparkThrowable ? ofSpark(told.getMessage()) : told.getMessage();
  }

  private static String named(Throwable t) {
    String name = t.getClass().getSimpleName();
    return t.getMessage() == null ? name : name + ": " + t.getMessage();
  }

  /** What is to be done about what no program can go on after. */
  private static String remedy(Error error) {
    String message = String.valueOf(error.getMessage());
    if (error instanceof OutOfMemoryError && message.contains("native thread")) {
      return "allow the user more threads (ulimit -u), or start fewer processes";
    }
    if (error instanceof OutOfMemoryError) {
      return "give it more memory (COLA_JAVA_OPTS=-Xmx4g of bin/cola; --driver-memory,"
          + " spark.executor.memory and memoryOverhead of spark-submit), or lower"
          + " training.maxTokens, training.maxLength or the number of cores (--master local[1])";
    }
    if (error instanceof StackOverflowError) {
      return "something is nested too deeply: a data file, a template or an expression; flatten"
          + " it, or give threads a larger stack (COLA_JAVA_OPTS=-Xss8m)";
    }
    if (error instanceof LinkageError) {
      return "a library is missing or made for another machine: build on this one, or for it"
          + " (mvn -Dnd4j.classifier=…), and start by bin/cola or spark-submit";
    }
    return "the JVM itself failed; try another build of it";
  }

  /** A message of Spark's without what is of its scheduler, and without its stack traces. */
  private static String ofSpark(String message) {
    String text = String.valueOf(message);
    Matcher lost = LOST_TASK.matcher(text);
    if (!lost.find()) {
      return STACK_TRACE.matcher(text).replaceFirst("");
    }
    String failure = text.substring(lost.end());
    Matcher cause = INNER_CAUSE.matcher(failure);
    String last = STACK_TRACE.matcher(failure).replaceFirst("");
    while (cause.find()) {
      last = cause.group(1);
    }
    return last.startsWith("ExecutorLostFailure")
        ? last + "; if it was killed for its memory, raise spark.executor.memory or memoryOverhead"
        : last;
  }

  private static String unexpected(List<Throwable> chain) {
    Throwable first =
        chain.stream()
            .filter(t -> !(t instanceof SparkThrowable) && !(t instanceof UncheckedIOException))
            .findFirst()
            .orElse(chain.get(0));
    return "unexpected " + named(first) + VERBOSE;
  }

  /** Where it happened, if not in this process. */
  private static String place(List<Throwable> chain) {
    for (Throwable t : chain) {
      Matcher lost = LOST_TASK.matcher(String.valueOf(t.getMessage()));
      if (lost.find() && !lost.group(2).equals("driver")) {
        return " (on executor " + lost.group(2) + " of host " + lost.group(1) + ")";
      }
    }
    return "";
  }
}
