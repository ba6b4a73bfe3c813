package io.github.cola4j.nn.kernels.cuda.grouped;

import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import java.util.List;

/**
 * Sums Y ← [Y +] Σ w X that do not need each other, as many in a launch of {@code groupedSums} as
 * its table has room for. Belongs to one thread.
 */
public final class GroupedSums {
  /** The most terms of a sum. */
  public static final int MOST_TERMS = 200;

  private static final int THREADS = 256;
  private static final int ELEMENTS = 2048; // of a block, as grouped.cu has it

  private final Gpu gpu;
  private final LaunchTable table = new LaunchTable();

  /** w X. */
  public record Term(float weight, long x) {}

  /**
   * A sum.
   *
   * @param length elements of Y and every X, one after the other
   */
  public record Sum(long y, long length, boolean accumulate, List<Term> terms) {
    /** Words of the table: where it is, itself, its terms. */
    private int words() {
      return 1 + 2 + 2 * terms.size();
    }
  }

  /** Sums of a device. */
  public GroupedSums(Gpu gpu) {
    this.gpu = gpu;
  }

  /** Computes all; none is empty. */
  public void compute(List<Sum> all) {
    int from = 0;
    while (from < all.size()) {
      int to = from;
      int used = 1;
      while (to < all.size() && used + all.get(to).words() <= LaunchTable.WORDS) {
        used += all.get(to).words();
        to++;
      }
      launch(all.subList(from, to));
      from = to;
    }
  }

  private void launch(List<Sum> some) {
    table.set(0, some.size());
    int place = 1 + some.size();
    for (int i = 0; i < some.size(); i++) {
      Sum sum = some.get(i);
      int header = place | sum.terms.size() << 10 | (sum.accumulate ? 1 : 0) << 20;
      table.set(1 + i, LaunchTable.pair(header, table.tiles()));
      table.set(place, sum.y);
      table.set(place + 1, sum.length);
      place += 2;
      for (Term term : sum.terms) {
        table.set(place, term.x);
        table.set(place + 1, LaunchTable.pair(Float.floatToRawIntBits(term.weight), 0));
        place += 2;
      }
      table.addTiles(LaunchTable.ceil(sum.length, ELEMENTS));
    }
    table.launch(gpu, "groupedSums", THREADS);
  }
}
