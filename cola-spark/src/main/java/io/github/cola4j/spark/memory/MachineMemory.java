package io.github.cola4j.spark.memory;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** The memory of this machine. */
public final class MachineMemory {
  private static final List<Path> LIMITS =
      List.of(
          Path.of("/sys/fs/cgroup/memory.max"),
          Path.of("/sys/fs/cgroup/memory/memory.limit_in_bytes"));

  private MachineMemory() {}

  /** What is built in, or, where it is less and Java knows it, the container's; 0 if unknown. */
  public static long bytes() {
    return field("MemTotal:")
        .orElseGet(
            () ->
                ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                    ? system.getTotalMemorySize()
                    : 0L);
  }

  /** What may be swapped out. */
  static long swap() {
    return field("SwapTotal:").orElse(0);
  }

  private static OptionalLong field(String name) {
    return lines(Path.of("/proc/meminfo")).stream()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst();
  }

  /** The memory that a Linux container may use, if it is limited. */
  public static OptionalLong limit() {
    long memory = bytes();
    return LIMITS.stream()
        .flatMap(file -> lines(file).stream().limit(1))
        .filter(line -> line.matches("\\d{1,18}"))
        .mapToLong(Long::parseLong)
        .filter(bytes -> bytes < memory)
        .findFirst();
  }

  private static List<String> lines(Path file) {
    try {
      return Files.isReadable(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      return List.of();
    }
  }
}
