package io.github.cola4j.adapter.lowrank;

/**
 * Options of VeRA.
 *
 * @param seed decides the random matrices
 * @param start what every element of d starts from
 * @param storedProjection whether the random matrices lie among the parameters, as for an adapter
 *     that HF PEFT trained; a new one takes them from the seed
 */
public record VeraOptions(Long seed, Double start, Boolean storedProjection) {

  /** Fills in the defaults and checks every value. */
  public VeraOptions {
    seed = seed == null ? 0 : seed;
    start = start == null ? 0.1 : start;
    storedProjection = storedProjection != null && storedProjection;
    if (!(start > 0) || start.isInfinite()) {
      throw new IllegalArgumentException(
          "options.start must be above 0, or nothing would be trained, got " + start);
    }
  }
}
