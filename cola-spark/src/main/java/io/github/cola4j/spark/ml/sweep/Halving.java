package io.github.cola4j.spark.ml.sweep;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;

/**
 * Where the threads of candidates meet at the end of each rung, and learn who climbs on. So many
 * train at a time; those that wait do not count.
 */
final class Halving {
  private final Rungs rungs;
  private final Semaphore training;
  private final Map<Integer, Map<Integer, Double>> losses = new HashMap<>(); // by rung
  private final Map<Integer, Set<Integer>> begun = new HashMap<>(); // by rung
  private Throwable failure;

  /** Stops a candidate's training. */
  static final class DroppedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    DroppedException(String reason) {
      super(reason, null, false, false);
    }
  }

  /**
   * Of some candidates.
   *
   * @param atOnce how many train at a time
   */
  Halving(Rungs rungs, int candidates, int atOnce) {
    this.rungs = rungs;
    this.training = new Semaphore(atOnce, true);
    Set<Integer> all = new HashSet<>();
    for (int c = 0; c < candidates; c++) {
      all.add(c);
    }
    begun.put(0, all);
  }

  /** Waits for a turn to train. */
  void begin() {
    training.acquireUninterruptibly();
  }

  /** Ends a turn. */
  void end() {
    training.release();
  }

  /**
   * A candidate that trains has done a rung: waits until all of the rung have.
   *
   * @throws DroppedException if it does not climb on, or another one has failed
   */
  void climb(int candidate, int rung, double loss) {
    end();
    try {
      if (!isKept(candidate, rung, loss)) {
        throw new DroppedException("candidate " + candidate + " is dropped at rung " + rung);
      }
    } finally {
      begin();
    }
  }

  private synchronized boolean isKept(int candidate, int rung, double loss) {
    arrive(candidate, rung, loss);
    try {
      while (!begun.containsKey(rung + 1) && failure == null) {
        wait();
      }
    } catch (InterruptedException e) {
      fail(e);
      Thread.currentThread().interrupt();
    }
    return failure == null && begun.get(rung + 1).contains(candidate);
  }

  private synchronized void arrive(int candidate, int rung, double loss) {
    Map<Integer, Double> arrived = losses.computeIfAbsent(rung, r -> new TreeMap<>());
    arrived.put(candidate, loss);
    if (arrived.keySet().equals(begun.get(rung))) {
      begun.put(rung + 1, rungs.kept(arrived));
      notifyAll();
    }
  }

  /** A candidate has diverged on its way through a rung. */
  synchronized void diverged(int candidate, int rung) {
    if (rung < rungs.choices()) {
      arrive(candidate, rung, Double.NaN);
    }
  }

  /** Something else went wrong: nobody climbs on. */
  synchronized void fail(Throwable why) {
    failure = failure == null ? why : failure;
    notifyAll();
  }

  /** What went wrong first; null for nothing. */
  synchronized Throwable failure() {
    return failure;
  }
}
