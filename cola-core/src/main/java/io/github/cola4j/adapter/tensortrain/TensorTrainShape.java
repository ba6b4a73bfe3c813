package io.github.cola4j.adapter.tensortrain;

import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The modes of a layer's tensor train.
 *
 * @param in n_1 … n_p, whose product is the layer's in
 * @param out m_1 … m_q, whose product is its out
 */
public record TensorTrainShape(List<Integer> in, List<Integer> out) {
  /** Primes are multiplied as long as their products stay this small. */
  private static final int LARGEST = 8;

  /**
   * The shape of a layer.
   *
   * @param factors of in, then of out; empty chooses them
   * @throws IllegalArgumentException if the products are not the layer's sizes
   */
  static TensorTrainShape of(List<Integer> factors, FrozenLinear linear) {
    if (factors.isEmpty()) {
      return new TensorTrainShape(chosen(linear.in()), chosen(linear.out()));
    }
    int split = 0;
    long product = 1;
    while (split < factors.size() && product < linear.in()) {
      product *= factors.get(split++);
    }
    long rest = 1;
    for (int k = split; k < factors.size() && rest <= linear.out(); k++) {
      rest *= factors.get(k);
    }
    if (product != linear.in() || rest != linear.out() || split == factors.size()) {
      throw new IllegalArgumentException(
          "options.shape: expected factors of in = "
              + linear.in()
              + " and then of out = "
              + linear.out()
              + " of "
              + linear.name()
              + ", got "
              + factors
              + "; leave options.shape out, or choose targets of one size");
    }
    return new TensorTrainShape(factors.subList(0, split), factors.subList(split, factors.size()));
  }

  /**
   * Factors of a size: its primes, the two smallest multiplied again and again while the product is
   * at most 8. 384 = 4·4·4·6, 768 = 3·4·4·4·4.
   */
  public static List<Integer> chosen(int size) {
    List<Integer> factors = new ArrayList<>();
    int rest = size;
    for (int prime = 2; prime <= rest / prime; prime++) {
      while (rest % prime == 0) {
        factors.add(prime);
        rest /= prime;
      }
    }
    if (rest > 1 || factors.isEmpty()) {
      factors.add(rest);
    }
    Collections.sort(factors);
    while (factors.size() > 1 && (long) factors.get(0) * factors.get(1) <= LARGEST) {
      factors.add(factors.remove(0) * factors.remove(0));
      Collections.sort(factors);
    }
    return factors;
  }

  /** p + q. */
  int modes() {
    return in.size() + out.size();
  }

  /** The size of mode k, from 1. */
  int mode(int k) {
    return k <= in.size() ? in.get(k - 1) : out.get(k - 1 - in.size());
  }
}
