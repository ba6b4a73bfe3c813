package io.github.cola4j.nn.stored;

/** The largest absolute value of every block of an {@link Nf4Matrix}. */
public sealed interface Nf4Scales {

  /** That of a block. */
  float of(int block);

  /** How many blocks it has. */
  int blocks();

  /** The bytes that they take. */
  long bytes();

  /**
   * As they are, float32.
   *
   * @param absmax [blocks]
   */
  record Plain(Memory absmax) implements Nf4Scales {
    @Override
    public float of(int block) {
      return absmax.bytes().getFloat(4 * block);
    }

    @Override
    public int blocks() {
      return absmax.bytes().remaining() / 4;
    }

    @Override
    public long bytes() {
      return absmax.bytes().remaining();
    }
  }

  /**
   * Quantised again, in groups of blocks: map[codes[block]] · absmax[group] + offset.
   *
   * @param codes [blocks], a byte each
   * @param map the values of the 256 codes
   * @param group how many blocks have an absmax together
   * @param absmax of each group
   * @param offset the mean of all scales
   */
  record Nested(Memory codes, float[] map, int group, float[] absmax, float offset)
      implements Nf4Scales {

    /** Checks the sizes. */
    public Nested {
      int groups = (int) (((long) codes.bytes().remaining() + group - 1) / group);
      if (map.length != 256 || absmax.length != groups) {
        throw new IllegalArgumentException(
            "expected a map of 256 values and the scales of "
                + groups
                + " groups, got "
                + map.length
                + " and "
                + absmax.length);
      }
    }

    @Override
    public float of(int block) {
      return map[codes.bytes().get(block) & 0xff] * absmax[block / group] + offset;
    }

    @Override
    public int blocks() {
      return codes.bytes().remaining();
    }

    @Override
    public long bytes() {
      return codes.bytes().remaining() + 4L * (map.length + absmax.length + 1);
    }
  }
}
