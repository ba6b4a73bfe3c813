package io.github.cola4j.nn;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.nn.kernels.cpu.CpuKernels;
import io.github.cola4j.nn.kernels.nd4j.Nd4jKernels;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** What adapters need: both kernels against plain loops, on windows of larger matrices too. */
class ScalingKernelsTest {
  private static final double EXACT = 1e-12;
  private static final double PARITY = 2e-6;
  private static final int ROWS = 19;
  private static final int TOKENS = 5;

  private final Random random = new Random(5);
  private final Twin x = window(ROWS, TOKENS);
  private final Twin y = window(ROWS, TOKENS);

  /** Rows of a larger matrix, so that columns do not follow each other. */
  private Twin window(int rows, int columns) {
    Twin all = Twin.random(rows + 3, columns, random);
    return new Twin(all.wide().rows(2, rows + 2), all.narrow().rows(2, rows + 2));
  }

  private interface Operation {
    void apply(Kernels kernels, boolean narrow);
  }

  /** Runs both kernels and compares what they leave in a result with what is expected. */
  private static void check(Operation operation, Twin result, double[] expected) {
    operation.apply(new Nd4jKernels(), false);
    operation.apply(new CpuKernels(), true);
    assertThat(Matrices.distance(result.wide().toDoubles(), expected)).isLessThan(EXACT);
    assertThat(Matrices.distance(result.narrow().toDoubles(), expected)).isLessThan(PARITY);
  }

  private interface Element {
    double at(int i, int t, int index);
  }

  private static double[] each(Element element) {
    double[] all = new double[ROWS * TOKENS];
    for (int t = 0; t < TOKENS; t++) {
      for (int i = 0; i < ROWS; i++) {
        all[t * ROWS + i] = element.at(i, t, t * ROWS + i);
      }
    }
    return all;
  }

  @ParameterizedTest
  @CsvSource({"0", "1", "-0.5"})
  void rowsAndColumnsAreScaled(double beta) {
    Twin rows = window(ROWS, 1);
    Twin columns = window(1, TOKENS);
    double[] a = x.wide().toDoubles();
    double[] b = y.wide().toDoubles();
    double[] byRow = rows.wide().toDoubles();
    double[] byColumn = columns.wide().toDoubles();
    check(
        (k, n) -> k.scaleRows(rows.get(n), x.get(n), beta, y.get(n)),
        y,
        each((i, t, e) -> beta * b[e] + byRow[i] * a[e]));
    double[] c = y.wide().toDoubles();
    check(
        (k, n) -> k.scaleColumns(columns.get(n), x.get(n), beta, y.get(n)),
        y,
        each((i, t, e) -> beta * c[e] + byColumn[t] * a[e]));
  }

  @Test
  void aScaledMatrixMayBeOverwritten() {
    Twin rows = window(ROWS, 1);
    double[] a = x.wide().toDoubles();
    double[] scale = rows.wide().toDoubles();
    check(
        (k, n) -> k.scaleRows(rows.get(n), x.get(n), 0, x.get(n)),
        x,
        each((i, t, e) -> scale[i] * a[e]));
  }

  @Test
  void dotsOfRowsAddUpAndThoseOfColumnsOverwrite() {
    Twin rows = window(ROWS, 1);
    Twin columns = window(1, TOKENS);
    double[] a = x.wide().toDoubles();
    double[] b = y.wide().toDoubles();
    double[] byRow = rows.wide().toDoubles();
    double[] byColumn = new double[TOKENS];
    for (int e = 0; e < a.length; e++) {
      byRow[e % ROWS] += a[e] * b[e];
      byColumn[e / ROWS] += a[e] * b[e];
    }
    check((k, n) -> k.rowDots(x.get(n), y.get(n), rows.get(n)), rows, byRow);
    check((k, n) -> k.columnDots(x.get(n), y.get(n), columns.get(n)), columns, byColumn);
  }

  @Test
  void inverseRootsOfWhatIsPositive() {
    float[] elements = x.narrow().toArray();
    elements[3] = 0;
    elements[4] = -2;
    x.wide().set(elements);
    x.narrow().set(elements);
    check(
        (k, n) -> k.inverseRoots(x.get(n), y.get(n)),
        y,
        each((i, t, e) -> elements[e] <= 0 ? 0 : 1 / Math.sqrt(elements[e])));
    elements[3] = Float.NaN;
    x.wide().set(elements);
    x.narrow().set(elements);
    new Nd4jKernels().inverseRoots(x.wide(), x.wide());
    new CpuKernels().inverseRoots(x.narrow(), x.narrow());
    assertThat(x.wide().toDoubles()[3]).isNaN();
    assertThat(x.narrow().toArray()[3]).isNaN();
  }

  @Test
  void softmaxAndItsBackward() {
    Twin p = window(ROWS, TOKENS);
    Twin dX = window(ROWS, TOKENS);
    double[] a = x.wide().toDoubles();
    double[] sums = new double[TOKENS];
    for (int e = 0; e < a.length; e++) {
      sums[e / ROWS] += Math.exp(a[e]);
    }
    check((k, n) -> k.softmax(x.get(n), p.get(n)), p, each((i, t, e) -> Math.exp(a[e]) / sums[t]));
    Kernels kernels = new Nd4jKernels();
    double[] expected =
        Matrices.differences(
            x.wide(),
            () -> {
              Matrix out = Matrix.zeros(DataType.DOUBLE, ROWS, TOKENS);
              kernels.softmax(x.wide(), out);
              return Matrices.dot(out, y.wide());
            });
    kernels.softmaxBackward(p.wide(), y.wide(), dX.wide());
    new CpuKernels().softmaxBackward(p.narrow(), y.narrow(), dX.narrow());
    assertThat(Matrices.distance(dX.wide().toDoubles(), expected)).isLessThan(1e-8);
    assertThat(Matrices.distance(dX.narrow().toDoubles(), expected)).isLessThan(1e-5);
  }
}
