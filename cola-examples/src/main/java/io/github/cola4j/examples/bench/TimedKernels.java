package io.github.cola4j.examples.bench;

import io.github.cola4j.nn.GemmKernels.Gemm;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.stored.StoredMatrix;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Kernels that add up the time spent in each operation, and the FLOPs of its products: a
 * multiplication and an addition are two, element-wise work does not count.
 *
 * <pre>
 *   product [m × k] [k × n]     2 m k n
 *   attention, n tokens         4 n² d forward, 8 n² d backward; the scores' second time is not counted
 * </pre>
 */
final class TimedKernels {
  /** Products with an inner or outer size up to this are an adapter's. */
  private static final int THIN = 32;

  /** Products with a longer side than this are the projection to a vocabulary. */
  private static final int WIDE = 16_384;

  private final Map<String, Double> seconds = new TreeMap<>();
  private double flops;
  private final Kernels delegate;

  TimedKernels(Kernels delegate) {
    this.delegate = delegate;
  }

  /** The same operations, timed. */
  Kernels kernels() {
    return (Kernels)
        Proxy.newProxyInstance(
            Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, this::invoke);
  }

  void clear() {
    seconds.clear();
    flops = 0;
  }

  /** Of the products so far; attention of decoders is none of them. */
  double flops() {
    return flops;
  }

  /** Prints each operation's share of a time. */
  void print(double total, PrintStream out) {
    double rest = total;
    for (Map.Entry<String, Double> entry :
        seconds.entrySet().stream()
            .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
            .toList()) {
      out.printf(Locale.ROOT, "  %-23s %5.1f%%%n", entry.getKey(), 100 * entry.getValue() / total);
      rest -= entry.getValue();
    }
    out.printf(Locale.ROOT, "  %-23s %5.1f%%%n", "everything else", 100 * rest / total);
  }

  private Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
    long start = System.nanoTime();
    try {
      return method.invoke(delegate, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    } finally {
      flops += flops(method.getName(), arguments);
      seconds.merge(name(method, arguments), (System.nanoTime() - start) / 1e9, Double::sum);
    }
  }

  private static double flops(String operation, Object[] arguments) {
    return switch (operation) {
      case "gemm" ->
          arguments[0] instanceof StoredMatrix stored
              ? 2.0 * stored.out() * stored.in() * ((Matrix) arguments[3]).columns()
              : product((Matrix) arguments[1], (boolean) arguments[2], (Matrix) arguments[6]);
      case "gemms" ->
          gemms(arguments).stream()
              .mapToDouble(gemm -> product(gemm.a(), gemm.transposeA(), gemm.c()))
              .sum();
      case "attention" -> 4 * pairs((TokenBatch) arguments[4]) * ((Matrix) arguments[0]).rows();
      case "attentionBackward" ->
          8 * pairs((TokenBatch) arguments[4]) * ((Matrix) arguments[0]).rows();
      default -> 0;
    };
  }

  private static List<Gemm> gemms(Object... arguments) {
    return ((List<?>) arguments[0]).stream().map(Gemm.class::cast).toList();
  }

  private static double product(Matrix a, boolean isTransposed, Matrix c) {
    return 2.0 * c.rows() * c.columns() * (isTransposed ? a.rows() : a.columns());
  }

  /** How many pairs of tokens see each other. */
  private static double pairs(TokenBatch batch) {
    return IntStream.range(0, batch.sequences())
        .mapToDouble(s -> (double) batch.length(s) * batch.length(s))
        .sum();
  }

  private static String name(Method method, Object[] arguments) {
    if (method.getName().equals("gemms")) {
      return "gemm, adapters";
    }
    if (!method.getName().equals("gemm")) {
      return method.getName();
    }
    if (arguments[0] instanceof StoredMatrix stored) {
      return stored.out() > WIDE ? "gemm, vocabulary" : "gemm, frozen layers";
    }
    Matrix a = (Matrix) arguments[1];
    Matrix b = (Matrix) arguments[3];
    if (Math.max(a.columns(), b.columns()) > WIDE) {
      return "gemm, vocabulary";
    }
    int smallest = Math.min(Math.min(a.rows(), a.columns()), Math.min(b.rows(), b.columns()));
    return smallest <= THIN ? "gemm, adapters" : "gemm, frozen layers";
  }
}
