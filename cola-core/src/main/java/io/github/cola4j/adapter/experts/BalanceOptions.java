package io.github.cola4j.adapter.experts;

/**
 * Options of LoRAMoE.
 *
 * @param balance weight of the balance loss, 0.1 (arXiv 2312.09979)
 */
public record BalanceOptions(Double balance) {

  /** Fills in the default and checks it. */
  public BalanceOptions {
    balance = balance == null ? 0.1 : balance;
    if (!(balance >= 0) || balance.isInfinite()) {
      throw new IllegalArgumentException("options.balance must be 0 or more, got " + balance);
    }
  }
}
