package io.github.cola4j.spark.claim;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The right of one run to write to a place. A run first announces itself by an entry whose name is
 * its {@link ProcessIdentity}, then looks who else has: of two runs at least the one that looks
 * later sees the other, and withdraws. That needs entries that are seen once they are made, and
 * nothing that fails if a file exists, which object stores do not have. Entries are never reused,
 * so whoever finds one of a dead process may delete it.
 *
 * <p>Runs that begin together may all withdraw. Each then tries again after a pause, until it has
 * the place or has seen one and the same entry several times: that run has the place, since one
 * that tries makes another entry each time.
 */
public final class Claim {
  /** A process, when it announced itself (seconds), and a number of its own. */
  private static final Pattern ENTRY = Pattern.compile("(.+)-([0-9a-f]{8})([0-9a-f]{8})?");

  private static final int TRIES = 12;
  private static final int SIGHTINGS = 3;
  private static final long FIRST_PAUSE = 50; // milliseconds
  private static final long LONGEST_PAUSE = 10_000;

  /** Where runs announce themselves. */
  public interface Place {
    /** Makes an entry, which must be seen by others when this returns. */
    void announce(String name) throws IOException;

    /** The names of entries, and perhaps of other things. */
    List<String> names() throws IOException;

    /** Deletes an entry, if it is there. */
    void withdraw(String name) throws IOException;

    /** What a user would delete by hand. */
    String path(String name);
  }

  private final String name;
  private final List<String> left;

  private Claim(String name, List<String> left) {
    this.name = name;
    this.left = List.copyOf(left);
  }

  /**
   * Takes a place.
   *
   * @param what the place, as messages call it
   * @throws ClaimedException if another run has it, or may have
   * @throws IOException if nothing can be written there
   */
  public static Claim take(Place place, String what) throws IOException {
    Map<String, Integer> sightings = new HashMap<>();
    for (int tries = 1; ; tries++) {
      long start = System.nanoTime();
      String own = newName();
      place.announce(own);
      List<String> dead = new ArrayList<>();
      List<String> others = new ArrayList<>();
      try {
        look(place, own, dead, others);
      } catch (IOException | RuntimeException e) {
        place.withdraw(own);
        throw e;
      }
      if (others.isEmpty()) {
        return new Claim(own, dead);
      }
      place.withdraw(own);
      for (String other : others) {
        if (sightings.merge(other, 1, Integer::sum) == SIGHTINGS || tries == TRIES) {
          throw new ClaimedException(refusal(place, what, other));
        }
      }
      // the slower the place, the longer the pause, so that two do not meet again
      long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      long longest = Math.max(FIRST_PAUSE << Math.min(tries, 5), 4 * took);
      pause(ThreadLocalRandom.current().nextLong(Math.min(longest, LONGEST_PAUSE)));
    }
  }

  private static String newName() {
    return String.format(
        Locale.ROOT,
        "%s-%08x%08x",
        ProcessIdentity.self(),
        Instant.now().getEpochSecond(),
        ThreadLocalRandom.current().nextInt());
  }

  /** Gathers the entries of dead processes, and of others that are not. */
  private static void look(Place place, String own, List<String> dead, List<String> others)
      throws IOException {
    for (String name : place.names()) {
      Optional<ProcessIdentity> owner = owner(name);
      if (owner.isPresent() && !name.equals(own)) {
        boolean ended = owner.get().state() == ProcessIdentity.State.DEAD;
        (ended ? dead : others).add(name);
      }
    }
  }

  private static String refusal(Place place, String what, String name) {
    ProcessIdentity owner = owner(name).orElseThrow();
    String who = String.format("process %d on %s%s", owner.pid(), owner.host(), since(name));
    return owner.state() == ProcessIdentity.State.ELSEWHERE
        ? String.format(
            "%s: a run on another machine or in another container has it, %s; if that has ended,"
                + " delete %s and start again",
            what, who, place.path(name))
        : String.format(
            "%s: another run writes to it, %s; wait until it has ended, stop it, or name another"
                + " place",
            what, who);
  }

  /** When a run announced itself. */
  private static String since(String name) {
    Matcher parts = ENTRY.matcher(name);
    return parts.matches() && parts.group(3) != null
        ? ", since " + Instant.ofEpochSecond(Long.parseLong(parts.group(2), 16))
        : "";
  }

  private static void pause(long milliseconds) throws IOException {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    }
  }

  /** The process whose entry has a name; nothing if it is no entry. */
  public static Optional<ProcessIdentity> owner(String name) {
    Matcher parts = ENTRY.matcher(name);
    return parts.matches() ? ProcessIdentity.parse(parts.group(1)) : Optional.empty();
  }

  /** The entry's name. */
  public String name() {
    return name;
  }

  /** Entries of dead processes, to be deleted by the one who has the place. */
  public List<String> left() {
    return left;
  }
}
