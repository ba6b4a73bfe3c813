package io.github.cola4j.adapter.highrank;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.BitSet;
import java.util.SplittableRandom;

/** Which elements of a weight [out × in] are trained, each once; every machine has the same. */
public final class SparseMask {
  private final int out;
  private final int[] cells; // o + i · out, as a column-major matrix has them

  private SparseMask(int out, int... cells) {
    this.out = out;
    this.cells = cells;
  }

  /**
   * r (in + out) elements of a layer, as many as a LoRA of rank r has parameters.
   *
   * @throws IllegalArgumentException if the layer has fewer
   */
  static int count(AdapterConfig config, FrozenLinear linear) {
    int rank = config.rankOf(linear.name());
    long count = (long) rank * (linear.in() + linear.out());
    long all = (long) linear.in() * linear.out();
    if (count > all || all > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          String.format(
              "rank %d of method shira trains r (in + out) = %d elements of %s [%d × %d]; expected"
                  + " at most all %d, and fewer than 2^31 of them; take a smaller rank, or leave"
                  + " this module out of targets",
              rank, count, linear.name(), linear.out(), linear.in(), all));
    }
    return (int) count;
  }

  /**
   * That of a layer.
   *
   * @param stored the rows, then the columns; null where the seed decides
   * @throws IllegalArgumentException if what is stored is no element of the weight, or one twice
   */
  public static SparseMask of(AdapterConfig config, FrozenLinear linear, float[] stored) {
    if (stored != null) {
      return read(linear, stored);
    }
    long seed = config.options(ShiraOptions.class).seed();
    int all = linear.in() * linear.out();
    return new SparseMask(
        linear.out(), drawn(all, count(config, linear), Seeds.mix(seed, Seeds.of(linear.name()))));
  }

  /** A uniformly random subset of 0 to {@code all} − 1, ascending (Floyd's algorithm). */
  private static int[] drawn(int all, int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    BitSet chosen = new BitSet(all);
    for (int last = all - count; last < all; last++) {
      int cell = random.nextInt(last + 1);
      chosen.set(chosen.get(cell) ? last : cell);
    }
    return chosen.stream().toArray();
  }

  private static SparseMask read(FrozenLinear linear, float[] stored) {
    int[] cells = new int[stored.length / 2];
    BitSet seen = new BitSet();
    for (int k = 0; k < cells.length; k++) {
      float row = stored[k];
      float column = stored[cells.length + k];
      boolean inside = row >= 0 && row < linear.out() && column >= 0 && column < linear.in();
      cells[k] = inside ? (int) row + (int) column * linear.out() : 0;
      if (!inside || row != (int) row || column != (int) column || seen.get(cells[k])) {
        throw new IllegalArgumentException(
            String.format(
                "the mask of %s [%d × %d] has the element (%s, %s): expected one of the weight,"
                    + " and each once; the adapter is damaged, or of another model",
                linear.name(), linear.out(), linear.in(), row, column));
      }
      seen.set(cells[k]);
    }
    return new SparseMask(linear.out(), cells);
  }

  /** Places in a column-major weight. */
  int[] cells() {
    return cells;
  }

  /** The rows, then the columns. */
  public int[] rowsAndColumns() {
    int[] both = new int[2 * cells.length];
    for (int k = 0; k < cells.length; k++) {
      both[k] = cells[k] % out;
      both[cells.length + k] = cells[k] / out;
    }
    return both;
  }
}
