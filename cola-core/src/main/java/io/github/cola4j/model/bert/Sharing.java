package io.github.cola4j.model.bert;

/**
 * Which blocks are the same, as ALBERT has it (arXiv 1909.11942): {@code layers} layers in {@code
 * groups} equal groups, each layer the {@code inner} blocks of its group one after the other.
 *
 * @param groups 0 where every block has weights of its own
 */
public record Sharing(int layers, int groups, int inner) {
  /** No two. */
  public static final Sharing NONE = new Sharing(0, 0, 0);

  /** Checks that every group has a layer. */
  public Sharing {
    if (groups > layers) {
      throw new IllegalArgumentException(
          "num_hidden_groups must be at most num_hidden_layers, got " + groups + " and " + layers);
    }
  }

  /** How many different blocks there are. */
  int blocks(int count) {
    return groups == 0 ? count : groups * inner;
  }

  /** Which of them is computed at a place. */
  int blockAt(int place) {
    return groups == 0 ? place : group(place / inner) * inner + place % inner;
  }

  /** As transformers rounds it. */
  private int group(int layer) {
    return (int) (layer / ((double) layers / groups));
  }

  /** What the names of a block's tensors begin with. */
  String name(String pattern, int block) {
    return groups == 0
        ? String.format(pattern, block)
        : String.format(pattern, block / inner, block % inner);
  }
}
