package io.github.cola4j.nn.kernels.cuda.grouped;

import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * Low-rank GEMMs that do not need each other, in one launch of {@code groupedGemms}, or one for
 * every {@value #MOST}. With a factor F [d × r], X [d × T] and Z [r × T]:
 *
 * <pre>
 *   DOWN   C [r × T] ← alpha Fᵀ X + beta C
 *   UP     C [d × T] ← alpha F Z + beta C
 *   OUTER  C [d × r] ← alpha X Zᵀ + beta C
 * </pre>
 *
 * <p>OUTER of more than {@value #CHUNK} tokens has a sum for each of so many, which a second launch
 * adds up: there are no atomic additions. Belongs to one thread.
 */
public final class GroupedGemms {
  /** The largest r. */
  public static final int MOST_RANK = 32;

  private static final int ENTRY_WORDS = 8;
  private static final int MOST = 59;
  private static final int THREADS = 256;

  // tiles of a block, as grouped.cu has them
  private static final int RANKS = 8;
  private static final int CHUNK = 256;
  private static final int DOWN_TOKENS = 8;
  private static final int UP_TOKENS = 64;
  private static final int FEATURES = 128;
  private static final int PART_ELEMENTS = 1024;

  private final Gpu gpu;
  private final LongUnaryOperator scratch;
  private final LaunchTable table = new LaunchTable();

  /** Which of the three; the number is the kernel's. */
  public enum Kind {
    /** Fᵀ X. */
    DOWN,
    /** F Z. */
    UP,
    /** X Zᵀ. */
    OUTER,
    /** Adds up what OUTER left. */
    PARTS
  }

  /** A column-major matrix in the device's memory. */
  public record Place(long address, int stride) {}

  /**
   * A GEMM.
   *
   * @param a F, or X of OUTER
   * @param b X, or Z of UP and OUTER
   * @param features d
   * @param tokens T
   * @param rank r
   */
  public record Low(
      Kind kind,
      Place a,
      Place b,
      Place c,
      int features,
      int tokens,
      int rank,
      float alpha,
      float beta) {

    private long tiles() {
      long ranks = LaunchTable.ceil(rank, RANKS);
      return switch (kind) {
        case DOWN -> LaunchTable.ceil(tokens, DOWN_TOKENS) * ranks;
        case UP -> LaunchTable.ceil(features, FEATURES) * LaunchTable.ceil(tokens, UP_TOKENS);
        case OUTER ->
            LaunchTable.ceil(features, FEATURES) * ranks * LaunchTable.ceil(tokens, CHUNK);
        case PARTS -> LaunchTable.ceil((long) features * rank, PART_ELEMENTS);
      };
    }

    /** Parts of OUTER. */
    private int parts() {
      return kind == Kind.OUTER ? (int) LaunchTable.ceil(tokens, CHUNK) : 1;
    }

    /** Bytes of the parts that are added up later. */
    private long partBytes() {
      return parts() == 1 ? 0 : (long) Float.BYTES * features * rank * parts();
    }
  }

  /**
   * GEMMs of a device.
   *
   * @param scratch gives the address of so many bytes, undefined, for one call
   */
  public GroupedGemms(Gpu gpu, LongUnaryOperator scratch) {
    this.gpu = gpu;
    this.scratch = scratch;
  }

  /** Computes all; none has an empty matrix. */
  public void compute(List<Low> all) {
    long bytes = all.stream().mapToLong(Low::partBytes).sum();
    long next = bytes == 0 ? 0 : scratch.applyAsLong(bytes);
    List<Low> first = new ArrayList<>();
    List<Low> later = new ArrayList<>();
    for (Low low : all) {
      if (low.parts() == 1) {
        first.add(low);
        continue;
      }
      Place parts = new Place(next, low.features);
      next += low.partBytes();
      first.add(new Low(low.kind, low.a, low.b, parts, low.features, low.tokens, low.rank, 1, 0));
      later.add(
          new Low(
              Kind.PARTS,
              parts,
              parts,
              low.c,
              low.features,
              low.parts(),
              low.rank,
              low.alpha,
              low.beta));
    }
    launch(first);
    launch(later);
  }

  private void launch(List<Low> all) {
    for (int from = 0; from < all.size(); from += MOST) {
      List<Low> some = all.subList(from, Math.min(all.size(), from + MOST));
      table.set(0, some.size());
      for (int i = 0; i < some.size(); i++) {
        set(1 + ENTRY_WORDS * i, some.get(i));
      }
      table.launch(gpu, "groupedGemms", THREADS);
    }
  }

  private void set(int place, Low low) {
    table.set(place, low.a.address);
    table.set(place + 1, low.b.address);
    table.set(place + 2, low.c.address);
    table.set(place + 3, LaunchTable.pair(low.a.stride, low.b.stride));
    table.set(place + 4, LaunchTable.pair(low.c.stride, low.kind.ordinal()));
    table.set(place + 5, LaunchTable.pair(low.features, low.tokens));
    table.set(place + 6, LaunchTable.pair(low.rank, table.tiles()));
    table.set(
        place + 7,
        LaunchTable.pair(Float.floatToRawIntBits(low.alpha), Float.floatToRawIntBits(low.beta)));
    table.addTiles(low.tiles());
  }
}
