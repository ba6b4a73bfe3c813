package io.github.cola4j.adapter.lowrank;

/**
 * Options of GraLoRA.
 *
 * @param blocks k: the weight has k × k blocks
 */
public record GraloraOptions(Integer blocks) {

  /** Fills in the default and checks the value. */
  public GraloraOptions {
    blocks = blocks == null ? 2 : blocks;
    if (blocks < 1) {
      throw new IllegalArgumentException("options.blocks must be at least 1, got " + blocks);
    }
  }
}
