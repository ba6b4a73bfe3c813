package io.github.cola4j.nn.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.cola4j.nn.DeviceUse;
import io.github.cola4j.nn.KernelContract;
import io.github.cola4j.nn.KernelProvider;
import io.github.cola4j.nn.KernelProviders;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Storage;
import io.github.cola4j.nn.stored.FloatMatrix;
import io.github.cola4j.nn.stored.Halves;
import io.github.cola4j.nn.stored.MemorySource;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.Quantization;
import io.github.cola4j.nn.stored.QuantizedCopy;
import io.github.cola4j.nn.stored.StoredMatrix;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What a process with CUDA's libraries, real or emulated, must do: the program that {@link
 * CudaBindingsTest} starts. Its exit status is 0 if all is as it should be.
 */
public final class BindingChecks {
  private final KernelProvider provider = KernelProviders.get().of(DataType.FLOAT);
  private final Random random = new Random(5);

  private BindingChecks() {}

  /** Runs all, or the parts that are named. */
  public static void main(String[] arguments) throws Exception {
    BindingChecks checks = new BindingChecks();
    Map<String, Part> parts = parts(checks);
    for (String name : arguments.length == 0 ? parts.keySet() : List.of(arguments)) {
      parts.get(name).run();
    }
    if (arguments.length == 0) {
      KernelContract.check(checks.provider, DataType.FLOAT);
    }
    System.out.println("checked " + checks.provider.library());
  }

  /** One of the checks. */
  public interface Part {
    /** Fails if something is not as it should be. */
    void run() throws Exception;
  }

  /** All but the kernels' contract, by name. */
  public static Map<String, Part> parts() {
    return parts(new BindingChecks());
  }

  private static Map<String, Part> parts(BindingChecks checks) {
    Map<String, Part> parts = new LinkedHashMap<>();
    parts.put("provider", checks::provider);
    parts.put("memory", checks::memory);
    parts.put("use", checks::use);
    parts.put("products", checks::products);
    parts.put("stored products", checks::storedProducts);
    parts.put("threads", checks::threads);
    parts.put("devices", checks::devices);
    return parts;
  }

  private void provider() {
    assertThat(provider.name()).isEqualTo("cuda");
    assertThat(provider.unavailable()).isNull();
    assertThat(provider.library())
        .contains("compute capability", "CUDA 13", "NVRTC 13", "attention to bfloat16");
    assertThat(provider.hasBfloat16()).isTrue();
    assertThat(provider.supports(DataType.DOUBLE)).isFalse();
  }

  private void memory() {
    Matrix zeros = Matrix.zeros(DataType.FLOAT, 3, 5);
    assertThat(zeros.toArray()).containsOnly(0).hasSize(15);
    Matrix window = zeros.rows(1, 3).columns(2, 4);
    window.set(new float[] {1, 2, 3, 4});
    assertThat(zeros.toArray()).containsExactly(0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 3, 4, 0, 0, 0);
    window.set(new double[] {5, 6, 7, 8});
    assertThat(window.toDoubles()).containsExactly(5, 6, 7, 8);
    assertThat(zeros.storage().place()).contains("memory of ");
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(zeros::array)
        .withMessageContaining("toArray()");
    zeros.storage().close();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> provider.allocate(DataType.FLOAT, 1L << 40))
        .withMessageContaining("cannot allocate 4,398,046,511,104 bytes on the GPU")
        .withMessageContaining("are free");
    Matrix large = random(1 << 20, 5); // several pieces of a copy
    float[] elements = large.toArray();
    Matrix again = Matrix.of(DataType.FLOAT, 1 << 20, 5, elements);
    assertThat(again.toArray()).isEqualTo(elements);
  }

  /** What is in use is that of the thread's device. */
  private void use() {
    long bytes = 64 << 20;
    DeviceUse before = provider.deviceUse();
    Storage storage = provider.allocate(DataType.FLOAT, bytes / Float.BYTES);
    DeviceUse with = provider.deviceUse();
    storage.close();
    DeviceUse after = provider.deviceUse();
    // more or less, as others may free or take memory of a real device meanwhile
    assertThat(with.bytes() - before.bytes()).isBetween(bytes / 2, 2 * bytes);
    assertThat(with.bytes() - after.bytes()).isBetween(bytes / 2, 2 * bytes);
    assertThat(with.totalBytes()).isEqualTo(before.totalBytes()).isGreaterThan(with.bytes());
    for (int device = 0; device < provider.devices(); device++) {
      provider.bindThread(device);
      Double busy = provider.deviceUse().busy();
      if (busy != null) {
        assertThat(busy).isBetween(0.0, 1.0);
      }
      System.out.println("device " + device + " is busy: " + busy);
    }
    provider.bindThread(0);
  }

  private void products() {
    Kernels kernels = provider.kernels(DataType.FLOAT);
    for (int[] shape : new int[][] {{5, 7, 3}, {33, 1, 64}, {1, 1, 1}, {4, 3, 0}}) {
      int m = shape[0];
      int n = shape[1];
      int k = shape[2];
      for (int which = 0; which < 4; which++) {
        boolean ta = which % 2 == 1;
        boolean tb = which / 2 == 1;
        Matrix a = window(ta ? k : m, ta ? m : k);
        Matrix b = window(tb ? n : k, tb ? k : n);
        Matrix c = window(m, n);
        double[] expected = c.toDoubles();
        double[] left = a.toDoubles();
        double[] right = b.toDoubles();
        for (int j = 0; j < n; j++) {
          for (int i = 0; i < m; i++) {
            double sum = 0;
            for (int l = 0; l < k; l++) {
              sum += left[ta ? l + i * k : i + l * m] * right[tb ? j + l * n : l + j * k];
            }
            expected[i + j * m] = 2 * sum - 0.5 * expected[i + j * m];
          }
        }
        kernels.gemm(2, a, ta, b, tb, -0.5, c);
        assertThat(c.toDoubles()).containsExactly(expected, within(1e-4));
      }
    }
  }

  private void storedProducts() {
    Kernels kernels = provider.kernels(DataType.FLOAT);
    int out = 37;
    int in = 67;
    List<StoredMatrix> all = new ArrayList<>();
    for (FloatMatrix.Element element : FloatMatrix.Element.values()) {
      all.add(floats(element, out, in));
    }
    for (Quantization type : Quantization.values()) {
      QuantizedCopy copy = type.copy(out, in);
      copy.setRows(0, numbers(out * in));
      all.add((StoredMatrix) copy.matrix());
    }
    for (StoredMatrix w : all) {
      float[] elements = new float[out * in];
      w.decode(0, out, elements, 0);
      gathered(kernels, w, elements);
      for (Precision precision : Precision.values()) {
        for (boolean transpose : new boolean[] {false, true}) {
          Matrix x = window(transpose ? out : in, 9);
          Matrix y = window(transpose ? in : out, 9);
          double[] before = y.toDoubles();
          double[] input = x.toDoubles();
          kernels.gemm(w, transpose, precision, x, true, y);
          double[] after = y.toDoubles();
          int rows = y.rows();
          for (int t = 0; t < 9; t++) {
            for (int i = 0; i < rows; i++) {
              double sum = before[i + t * rows];
              for (int l = 0; l < x.rows(); l++) {
                sum += elements[transpose ? l * in + i : i * in + l] * input[l + t * x.rows()];
              }
              // rounding to bfloat16 has a relative error of 2^-9 a factor
              double tolerance = precision == Precision.FLOAT32 ? 1e-4 : 0.15;
              assertThat(after[i + t * rows])
                  .as(w + " " + precision)
                  .isCloseTo(sum, within(tolerance));
            }
          }
          kernels.gemm(w, transpose, precision, x, false, y);
          double[] replaced = y.toDoubles();
          for (int i = 0; i < replaced.length; i++) {
            assertThat(replaced[i]).isCloseTo(after[i] - before[i], within(1e-4));
          }
        }
      }
    }
  }

  private void gathered(Kernels kernels, StoredMatrix w, float[] elements) {
    int[] rows = {w.out() - 1, 0, 5, 5};
    Matrix y = window(w.in(), rows.length);
    kernels.gather(w, rows, y);
    float[] expected = new float[w.in() * rows.length];
    for (int t = 0; t < rows.length; t++) {
      System.arraycopy(elements, rows[t] * w.in(), expected, t * w.in(), w.in());
    }
    assertThat(y.toArray()).as(w + ", rows").containsExactly(expected);
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> kernels.gather(w, new int[] {0, 0, w.out(), 0}, y))
        .withMessageContaining("expected a row of");
  }

  /** Weights are copied once, whatever thread asks first; every thread has its own stream. */
  private void threads() throws Exception {
    StoredMatrix w = floats(FloatMatrix.Element.BFLOAT16, 40, 24);
    Matrix x = random(24, 6);
    Matrix first = Matrix.zeros(DataType.FLOAT, 40, 6);
    provider.kernels(DataType.FLOAT).gemm(w, false, Precision.BFLOAT16, x, false, first);
    float[] expected = first.toArray();
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Future<float[]>> results = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        results.add(
            pool.submit(
                () -> {
                  Matrix y = Matrix.zeros(DataType.FLOAT, 40, 6);
                  provider.kernels(DataType.FLOAT).gemm(w, false, Precision.BFLOAT16, x, false, y);
                  return y.toArray();
                }));
      }
      for (Future<float[]> result : results) {
        assertThat(result.get()).isEqualTo(expected);
      }
    } finally {
      pool.shutdown();
    }
  }

  private void devices() throws Exception {
    int last = provider.devices() - 1;
    assertThat(last).isNotNegative();
    assertThat(provider.device()).isZero();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> provider.bindThread(last + 1))
        .withMessageContaining("CUDA_VISIBLE_DEVICES");
    StoredMatrix w = floats(FloatMatrix.Element.FLOAT32, 8, 4);
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      other
          .submit(
              () -> {
                provider.bindThread(last);
                assertThat(provider.device()).isEqualTo(last);
                Kernels kernels = provider.kernels(DataType.FLOAT);
                Matrix x = Matrix.of(DataType.FLOAT, 4, 1, 1, 0, 0, 0);
                Matrix y = Matrix.zeros(DataType.FLOAT, 8, 1);
                kernels.gemm(w, false, Precision.FLOAT32, x, false, y);
                float[] column = new float[32];
                w.decode(0, 8, column, 0);
                for (int i = 0; i < 8; i++) {
                  assertThat(y.toArray()[i]).isEqualTo(column[4 * i]);
                }
                provider.bindThread(0);
              })
          .get();
    } finally {
      other.shutdown();
    }
    System.gc(); // what nobody holds is freed on its own device
    Thread.sleep(200);
  }

  private FloatMatrix floats(FloatMatrix.Element element, int out, int in) {
    List<FloatMatrix.Block> blocks = new ArrayList<>();
    int half = out / 2;
    for (int first : new int[] {0, half}) {
      int rows = first == 0 ? half : out - half;
      ByteBuffer bytes =
          ByteBuffer.allocateDirect(1 + rows * in * element.width())
              .slice(1, rows * in * element.width())
              .order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < rows * in; i++) {
        float value = (float) random.nextGaussian();
        switch (element) {
          case FLOAT32 -> bytes.putFloat(4 * i, value);
          case BFLOAT16 -> bytes.putShort(2 * i, Halves.toBfloat16(value));
          default -> bytes.putShort(2 * i, Halves.toHalf(value));
        }
      }
      blocks.add(FloatMatrix.block(first, rows, bytes));
    }
    return new FloatMatrix(element, out, in, blocks, MemorySource.HOST);
  }

  private float[] numbers(int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  private Matrix random(int rows, int columns) {
    return Matrix.of(DataType.FLOAT, rows, columns, numbers(rows * columns));
  }

  /** Rows of a larger matrix. */
  private Matrix window(int rows, int columns) {
    return random(rows + 3, columns).rows(2, rows + 2);
  }
}
