package io.github.cola4j.spark.claim;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The right of one run to write to a place. A run first announces itself by an entry whose name is
 * its {@link ProcessIdentity}, then looks who else has: of two runs at least the one that looks
 * later sees the other, and withdraws. That needs entries that are seen once they are made, and
 * nothing that fails if a file exists, which object stores do not have. Entries are never reused,
 * so whoever finds one of a dead process may delete it.
 */
public final class Claim {
  private static final Pattern ENTRY = Pattern.compile("(.+)-([0-9a-f]{8})");
  private static final int TRIES = 4;
  private static final int PAUSE_MILLISECONDS = 200;

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
    for (int tries = 1; ; tries++) {
      String id = String.format(Locale.ROOT, "%08x", ThreadLocalRandom.current().nextInt());
      String own = ProcessIdentity.self() + "-" + id;
      place.announce(own);
      List<String> dead = new ArrayList<>();
      String refusal;
      try {
        refusal = look(place, what, own, dead);
      } catch (IOException | RuntimeException e) {
        place.withdraw(own);
        throw e;
      }
      if (refusal == null) {
        return new Claim(own, dead);
      }
      place.withdraw(own);
      if (tries == TRIES) {
        throw new ClaimedException(refusal);
      }
      // two that began together have both withdrawn: one will be the first now
      pause(ThreadLocalRandom.current().nextInt(PAUSE_MILLISECONDS << tries));
    }
  }

  /** Why the place is not free, or null; gathers the entries of dead processes. */
  private static String look(Place place, String what, String own, List<String> dead)
      throws IOException {
    for (String name : place.names()) {
      Optional<ProcessIdentity> owner = owner(name);
      if (owner.isPresent() && !name.equals(own)) {
        switch (owner.get().state()) {
          case DEAD -> dead.add(name);
          case ALIVE -> {
            return String.format(
                "%s: another run writes to it, process %d on %s; wait until it has ended, stop it,"
                    + " or name another place",
                what, owner.get().pid(), owner.get().host());
          }
          case ELSEWHERE -> {
            return String.format(
                "%s: a run on another machine or in another container has it, process %d on %s; if"
                    + " that has ended, delete %s and start again",
                what, owner.get().pid(), owner.get().host(), place.path(name));
          }
        }
      }
    }
    return null;
  }

  private static void pause(int milliseconds) throws IOException {
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
