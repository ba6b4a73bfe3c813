package io.github.cola4j.examples.bench;

import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.TreeMap;

/** Kernels that add up the time spent in each operation. */
final class TimedKernels {
  /** Products with an inner or outer size up to this are an adapter's. */
  private static final int THIN = 32;

  private final Map<String, Double> seconds = new TreeMap<>();
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

  /** Seconds by operation since {@link #clear}. */
  Map<String, Double> seconds() {
    return seconds;
  }

  void clear() {
    seconds.clear();
  }

  private Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
    long start = System.nanoTime();
    try {
      return method.invoke(delegate, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    } finally {
      seconds.merge(name(method, arguments), (System.nanoTime() - start) / 1e9, Double::sum);
    }
  }

  private static String name(Method method, Object[] arguments) {
    if (!method.getName().equals("gemm")) {
      return method.getName();
    }
    Matrix a = (Matrix) arguments[1];
    Matrix b = (Matrix) arguments[3];
    int smallest = Math.min(Math.min(a.rows(), a.columns()), Math.min(b.rows(), b.columns()));
    return smallest <= THIN ? "gemm, adapters" : "gemm, frozen layers";
  }
}
