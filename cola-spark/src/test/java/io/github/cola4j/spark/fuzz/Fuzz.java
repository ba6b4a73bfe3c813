package io.github.cola4j.spark.fuzz;

import com.sun.management.OperatingSystemMXBean;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.spark.fuzz.FuzzTargets.Target;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Reads damaged files, each made from a seed, until its time is up, in a JVM of its own. It ends
 * with 0 if every one was read or refused by a message; a crash, an {@link Error}, an exception
 * that is no answer to a user, or more than ten seconds for one file end it otherwise, and leave
 * that file behind. The seconds are those of this JVM's threads, since others may have the cores;
 * on the clock it is a minute.
 */
final class Fuzz {
  private static final long MAX_SECONDS = 10;
  private static final long MAX_SECONDS_ON_THE_CLOCK = 60;
  private static final int HUNG = 70;
  private static final int FAILED = 71;

  private static final OperatingSystemMXBean PROCESS =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private Fuzz() {}

  /** When a file was begun, in nanoseconds of the clock and of this JVM's threads. */
  private record Begun(long clock, long threads) {
    static Begun now() {
      return new Begun(System.nanoTime(), PROCESS.getProcessCpuTime());
    }

    boolean tooLongAgo() {
      return PROCESS.getProcessCpuTime() - threads > TimeUnit.SECONDS.toNanos(MAX_SECONDS)
          || System.nanoTime() - clock > TimeUnit.SECONDS.toNanos(MAX_SECONDS_ON_THE_CLOCK);
    }
  }

  /** Arguments: a folder, the first seed, seconds in all, and a part of a target's name or "". */
  public static void main(String[] arguments) throws IOException {
    Path folder = Files.createDirectories(Path.of(arguments[0]));
    long seed = Long.parseLong(arguments[1]);
    long seconds = Long.parseLong(arguments[2]);
    try (FuzzTargets targets = new FuzzTargets(folder)) {
      var chosen = targets.all().stream().filter(t -> t.name().contains(arguments[3])).toList();
      for (Target target : chosen) {
        run(folder, target, seed, TimeUnit.SECONDS.toNanos(seconds) / chosen.size());
      }
    }
    System.exit(0);
  }

  private static void run(Path folder, Target target, long seed, long nanos) throws IOException {
    for (byte[] file : target.valid()) {
      target.reader().read(file);
    }
    AtomicReference<Begun> begun = new AtomicReference<>(Begun.now());
    Path input = folder.resolve("input");
    Thread watch = new Thread(() -> watch(target, begun), "watch");
    watch.setDaemon(true);
    watch.start();
    long end = System.nanoTime() + nanos;
    long read = 0;
    long refused = 0;
    long slowest = 0;
    while (System.nanoTime() < end) {
      byte[] file = damaged(target, Seeds.mix(seed, read + refused));
      Files.write(input, file); // found here after a crash of the JVM
      begun.set(Begun.now());
      try {
        target.reader().read(file);
        read++;
      } catch (Throwable e) {
        if (!isAnswer(e)) {
          System.out.printf(
              "%s: %s of %d bytes is not answered:%n", target.name(), input, file.length);
          e.printStackTrace(System.out);
          Runtime.getRuntime().halt(FAILED);
        }
        refused++;
      }
      slowest = Math.max(slowest, System.nanoTime() - begun.get().clock());
    }
    begun.set(null);
    System.out.printf(
        "%s: %d read, %d refused, the slowest in %d ms%n",
        target.name(), read, refused, TimeUnit.NANOSECONDS.toMillis(slowest));
  }

  private static byte[] damaged(Target target, long seed) {
    Mutations mutations = new Mutations(seed);
    byte[] valid = target.valid().get(Math.floorMod(seed, target.valid().size()));
    return target.damage().apply(mutations, valid);
  }

  /** Whether a user can do something with it: a message of ours, not a library's exception. */
  private static boolean isAnswer(Throwable e) {
    boolean ours =
        e instanceof UncheckedIOException
            || e.getClass() == IllegalArgumentException.class
            || e instanceof IllegalArgumentException
                && e.getClass().getName().startsWith("io.github.cola4j.");
    return ours && e.getMessage() != null && !e.getMessage().isBlank();
  }

  private static void watch(Target target, AtomicReference<Begun> begun) {
    for (Begun file = begun.get(); file != null; file = begun.get()) {
      if (file.tooLongAgo()) {
        System.out.println(target.name() + ": one file takes more than " + MAX_SECONDS + " s");
        Thread.getAllStackTraces().forEach((thread, stack) -> print(thread, stack));
        Runtime.getRuntime().halt(HUNG);
      }
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static void print(Thread thread, StackTraceElement[] stack) {
    if (thread.getName().equals("main") || thread.getName().startsWith("Executor task")) {
      for (StackTraceElement at : stack) {
        System.out.println("  " + at);
      }
    }
  }
}
