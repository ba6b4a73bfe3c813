package io.github.cola4j.adapter.highrank;

/**
 * Options of SHiRA.
 *
 * @param seed decides, with a layer's name, which of its elements are trained
 * @param storedMask whether these lie among the parameters, as for an adapter that HF PEFT trained;
 *     a new one takes them from the seed
 */
public record ShiraOptions(Long seed, Boolean storedMask) {

  /** Fills in the defaults. */
  public ShiraOptions {
    seed = seed == null ? 0 : seed;
    storedMask = storedMask != null && storedMask;
  }
}
