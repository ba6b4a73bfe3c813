package io.github.cola4j.spark.claim;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which process on which machine, so that a later one can tell whether it still runs. A process
 * number alone does not say: it is given again, and each container counts its own.
 *
 * @param host the machine's name
 * @param pid the process's number
 * @param start when it began, in ticks since the machine did (Linux), or in milliseconds
 * @param boot which start of the machine; zeros where that is not known
 * @param space the container whose numbers these are; 0 where that is not known
 */
public record ProcessIdentity(String host, long pid, long start, String boot, long space) {
  private static final Pattern FORM =
      Pattern.compile("([A-Za-z0-9._-]{1,63})-(\\d{1,10})-(\\d{1,18})-([0-9a-f]{8})-(\\d{1,18})");
  private static final Path PROCESSES = Path.of("/proc");
  private static final Path BOOT = PROCESSES.resolve("sys/kernel/random/boot_id");
  private static final Path HOST = PROCESSES.resolve("sys/kernel/hostname");
  private static final Path SPACE = PROCESSES.resolve("self/ns/pid");
  private static final String UNKNOWN_BOOT = "00000000";
  private static final int START_FIELD = 19; // of those after the name, the state being the first

  /** What a later process can know of one. */
  public enum State {
    /** It runs. */
    ALIVE,
    /** It has ended. */
    DEAD,
    /** It is, or was, where this process cannot look. */
    ELSEWHERE
  }

  /** This process. */
  public static ProcessIdentity self() {
    long pid = ProcessHandle.current().pid();
    return new ProcessIdentity(hostName(), pid, start(pid).orElse(0L), bootId(), spaceId());
  }

  /** A process of what {@link #toString} gave, or nothing if the text is none. */
  public static Optional<ProcessIdentity> parse(String text) {
    Matcher parts = FORM.matcher(text);
    return parts.matches()
        ? Optional.of(
            new ProcessIdentity(
                parts.group(1),
                Long.parseLong(parts.group(2)),
                Long.parseLong(parts.group(3)),
                parts.group(4),
                Long.parseLong(parts.group(5))))
        : Optional.empty();
  }

  /** Whether it still runs. */
  public State state() {
    ProcessIdentity self = self();
    // machines without a name of their own are not told apart by it
    boolean sameBoot = boot.equals(self.boot) && !boot.equals(UNKNOWN_BOOT);
    if (!host.equals(self.host) || (host.startsWith("localhost") && !sameBoot)) {
      return State.ELSEWHERE;
    }
    if (!boot.equals(self.boot)) {
      return State.DEAD;
    }
    if (space != self.space) {
      return State.ELSEWHERE;
    }
    Optional<Long> now = start(pid);
    return now.isPresent() && now.get() == start ? State.ALIVE : State.DEAD;
  }

  /** When the process of a number began; nothing if there is none, or it has ended unnoticed. */
  private static Optional<Long> start(long pid) {
    Path status = PROCESSES.resolve(pid + "/stat");
    if (Files.exists(BOOT)) {
      try {
        String line = Files.readString(status, java.nio.charset.StandardCharsets.ISO_8859_1);
        String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
        boolean ended = fields[0].equals("Z") || fields[0].equals("X");
        return ended ? Optional.empty() : Optional.of(Long.valueOf(fields[START_FIELD]));
      } catch (IOException e) {
        return Optional.empty();
      }
    }
    return ProcessHandle.of(pid)
        .map(process -> process.info().startInstant().map(Instant::toEpochMilli).orElse(0L));
  }

  private static String hostName() {
    String name = read(HOST);
    if (name.isEmpty()) {
      try {
        name = InetAddress.getLocalHost().getHostName();
      } catch (UnknownHostException e) {
        name = "localhost";
      }
    }
    String plain = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._-]", "_");
    return plain.substring(0, Math.min(plain.length(), 63));
  }

  private static String bootId() {
    String id = read(BOOT).replace("-", "");
    return id.matches("[0-9a-f]{8,}") ? id.substring(0, 8) : UNKNOWN_BOOT;
  }

  private static long spaceId() {
    try {
      String link = Files.readSymbolicLink(SPACE).toString();
      return Long.parseLong(link.replaceAll("\\D", ""));
    } catch (IOException | UnsupportedOperationException | NumberFormatException e) {
      return 0;
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      return "";
    }
  }

  @Override
  public String toString() {
    return host + "-" + pid + "-" + start + "-" + boot + "-" + space;
  }
}
