package io.github.cola4j.spark.cli.doctor;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/** What the system says about this machine. */
public final class Machine {
  private static final List<Path> LIMITS =
      List.of(
          Path.of("/sys/fs/cgroup/memory.max"),
          Path.of("/sys/fs/cgroup/memory/memory.limit_in_bytes"));

  private Machine() {}

  /** The machine's memory, or, where it is less and Java knows it, the container's. */
  static long memory() {
    return lines(Path.of("/proc/meminfo")).stream()
        .filter(line -> line.startsWith("MemTotal:"))
        .map(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElseGet(
            () ->
                ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                    ? system.getTotalMemorySize()
                    : 0L);
  }

  /** The memory that a Linux container may use, if it is limited. */
  static OptionalLong limit() {
    long memory = memory();
    return LIMITS.stream()
        .flatMap(file -> lines(file).stream().limit(1))
        .filter(line -> line.matches("\\d{1,18}"))
        .mapToLong(Long::parseLong)
        .filter(bytes -> bytes < memory)
        .findFirst();
  }

  /** The first processor's lines of {@code /proc/cpuinfo}; nothing on other systems. */
  public static Map<String, String> cpuInfo() {
    Map<String, String> info = new TreeMap<>();
    for (String line : lines(Path.of("/proc/cpuinfo"))) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        info.putIfAbsent(line.substring(0, colon).strip(), line.substring(colon + 1).strip());
      }
    }
    return info;
  }

  /** An environment variable that is set to something. */
  static Optional<String> environment(String name) {
    return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isBlank());
  }

  private static List<String> lines(Path file) {
    try {
      return Files.isReadable(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      return List.of();
    }
  }
}
