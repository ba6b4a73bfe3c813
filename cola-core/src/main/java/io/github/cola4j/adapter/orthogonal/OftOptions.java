package io.github.cola4j.adapter.orthogonal;

/**
 * Options of OFT.
 *
 * @param shared whether all blocks of a layer have one rotation
 * @param terms of the series that stands for the Cayley transform, from 4; 0 for the exact one
 */
public record OftOptions(Boolean shared, Integer terms) {

  /** Fills in the defaults and checks every value. */
  public OftOptions {
    shared = shared != null && shared;
    terms = terms == null ? 0 : terms;
    if (terms != 0 && terms < 4) {
      throw new IllegalArgumentException(
          "options.terms must be 0, for the exact rotation, or 4 or more, got " + terms);
    }
  }
}
