package io.github.cola4j.nn.kernels.cuda.check;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.nn.kernels.cuda.DeviceProbe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * What a stage found, item by item, in a JSON file that is complete after each. An item that hangs,
 * ends the process, or leaves the device unusable is recorded; the stage is started again with the
 * same file and goes on after it.
 */
final class Report {
  /** The process' exit status that asks to start the stage again. */
  static final int AGAIN = 3;

  private static final String RUNNING = "running";
  private static final int FRAMES = 7;
  private static final int MESSAGE = 1500;

  /** Failures that are printed in full; all are in the file. */
  private static final int PRINTED = 4;

  private final ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(
          run -> {
            Thread thread = new Thread(run, "watch");
            thread.setDaemon(true);
            return thread;
          });

  private final Path file;
  private final String stage;
  private final ObjectNode root;
  private final int limit; // seconds of an item
  private int failures;

  /**
   * A stage's report, continued if the file is there.
   *
   * @param limit seconds that an item may take
   */
  Report(Path file, String stage, int limit) throws IOException {
    this.file = file;
    this.stage = stage;
    this.limit = limit;
    this.root =
        Files.exists(file)
            ? (ObjectNode) mapper.readTree(file.toFile())
            : mapper.createObjectNode();
    root.withObject("/items").forEach(item -> failures += item.path("ok").asBoolean() ? 0 : 1);
    String interrupted = root.path(RUNNING).asText("");
    if (!interrupted.isEmpty() && !has(interrupted)) {
      fail(interrupted, "the process ended, or did not end, during this item", "");
    }
  }

  private boolean has(String item) {
    return root.withObject("/items").has(item);
  }

  /** How many items failed. */
  int failures() {
    return failures;
  }

  /** Prints a line under the stage's name. */
  void print(String format, Object... arguments) {
    System.out.println("  " + String.format(Locale.ROOT, format, arguments));
  }

  /**
   * Runs an item, unless an earlier process did. What it throws is recorded, and printed.
   *
   * @param work returns what is recorded: a number, a string, a map or a record
   */
  void item(String name, Callable<?> work) {
    if (has(name)) {
      return;
    }
    root.put(RUNNING, name);
    save();
    ScheduledFuture<?> alarm = watch.schedule(() -> hung(name), limit, TimeUnit.SECONDS);
    long start = System.nanoTime();
    try {
      Object value = work.call();
      ObjectNode item = mapper.createObjectNode().put("ok", true);
      item.put("seconds", (System.nanoTime() - start) / 1e9);
      item.set("value", mapper.valueToTree(value));
      done(name, item);
    } catch (Throwable e) {
      fail(name, message(e), stack(e));
      if (!isAlive()) {
        print("the device is unusable after it; starting again");
        System.out.flush();
        Runtime.getRuntime().halt(AGAIN);
      }
    } finally {
      alarm.cancel(false);
    }
  }

  /** What a stage does. */
  interface Work {
    void run() throws Exception;
  }

  /** Runs all items; what is thrown between them is recorded, and printed. */
  void all(Work work) {
    try {
      work.run();
    } catch (Throwable e) {
      fail(stage, message(e), stack(e));
    }
  }

  /** Where a thread hangs is where its stack shows it. */
  private void hung(String name) {
    StringBuilder stack = new StringBuilder();
    Thread.getAllStackTraces()
        .forEach(
            (thread, frames) -> {
              if (thread.getName().equals("main")) {
                append(stack, frames);
              }
            });
    fail(name, "no end after " + limit + " s", stack.toString());
    System.out.flush();
    Runtime.getRuntime().halt(AGAIN);
  }

  private static boolean isAlive() {
    try {
      if (DeviceProbe.unavailable() == null) {
        DeviceProbe.open().synchronize();
      }
      return true;
    } catch (RuntimeException | LinkageError e) {
      return false;
    }
  }

  private static String message(Throwable e) {
    StringBuilder message = new StringBuilder(e.toString());
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      message.append("; caused by ").append(cause);
    }
    return message.length() > MESSAGE ? message.substring(0, MESSAGE) + " …" : message.toString();
  }

  private static String stack(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    StringBuilder stack = new StringBuilder();
    append(stack, cause.getStackTrace());
    return stack.toString();
  }

  /** The innermost frames, and our own next to them. */
  private static void append(StringBuilder stack, StackTraceElement[] frames) {
    int own = 0;
    for (int i = 0; i < frames.length && own < FRAMES; i++) {
      String name = frames[i].getClassName();
      boolean isOwn = name.startsWith("io.github.cola4j");
      if (i < FRAMES / 2 || isOwn) {
        own += isOwn ? 1 : 0;
        stack
            .append(stack.length() == 0 ? "" : " < ")
            .append(name.substring(name.lastIndexOf('.') + 1))
            .append('.')
            .append(frames[i].getMethodName())
            .append(':')
            .append(frames[i].getLineNumber());
      }
    }
  }

  private synchronized void fail(String name, String message, String stack) {
    done(
        name, mapper.createObjectNode().put("ok", false).put("error", message).put("stack", stack));
    if (++failures <= PRINTED) {
      print("FAILED %s: %s", name, message);
      if (!stack.isEmpty()) {
        print("  at %s", stack);
      }
    } else {
      print("FAILED %s: %s", name, message.substring(0, Math.min(100, message.length())));
    }
  }

  private synchronized void done(String name, ObjectNode item) {
    root.withObject("/items").set(name, item);
    root.remove(RUNNING);
    root.put("stage", stage);
    save();
  }

  private synchronized void save() {
    try {
      Path fresh = file.resolveSibling(file.getFileName() + ".part");
      mapper.writeValue(fresh.toFile(), root);
      Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
