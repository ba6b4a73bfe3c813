package io.github.cola4j.nn.kernels.cuda.check;

import io.github.cola4j.nn.KernelContract;
import io.github.cola4j.nn.KernelProvider;
import io.github.cola4j.nn.KernelProviders;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.kernels.nd4j.Nd4jKernelProvider;
import io.github.cola4j.nn.stored.Precision;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Each operation of {@link KernelContract} on the device, against what the portable kernels
 * computed in float64 where the check was packed (rounded to float32).
 */
final class ContractStage {
  private static final String FILE = "contract.bin";
  private static final double TOLERANCE = 1e-5;
  private static final double ROUNDED = 2e-2;
  private static final String BFLOAT16 = ", bfloat16";
  private static final int WORST = 4;

  private ContractStage() {}

  static void expect(Path folder) throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(
            new BufferedOutputStream(Files.newOutputStream(folder.resolve(FILE))))) {
      List<String> names = KernelContract.names();
      out.writeInt(names.size());
      for (String name : names) {
        List<double[]> results =
            KernelContract.results(new Nd4jKernelProvider(), DataType.DOUBLE, name);
        out.writeUTF(name);
        out.writeInt(results.size());
        for (double[] result : results) {
          write(out, result);
        }
      }
    }
  }

  private static void write(DataOutputStream out, double[] elements) throws IOException {
    out.writeInt(elements.length);
    for (double element : elements) {
      out.writeFloat((float) element);
    }
  }

  private static double[] read(DataInputStream in) throws IOException {
    double[] elements = new double[in.readInt()];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = in.readFloat();
    }
    return elements;
  }

  static void run(Report report) throws IOException {
    KernelProvider provider = KernelProviders.get().of(DataType.FLOAT);
    Map<String, Double> errors = new TreeMap<>();
    int count;
    try (DataInputStream in =
        new DataInputStream(
            new BufferedInputStream(
                Files.newInputStream(GpuCheck.expected().resolve(FILE)), 1 << 20))) {
      count = in.readInt();
      for (int i = 0; i < count; i++) {
        String name = in.readUTF();
        List<double[]> expected = new ArrayList<>();
        int results = in.readInt();
        for (int j = 0; j < results; j++) {
          expected.add(read(in));
        }
        if (name.matches(System.getProperty("check.except", ""))) {
          continue;
        }
        report.item(
            name,
            () -> {
              double error = error(provider, Precision.FLOAT32, name, expected);
              errors.put(name, error);
              return error;
            });
        String rounded = name + BFLOAT16;
        if (name.contains("ttention") && !rounded.matches(System.getProperty("check.except", ""))) {
          report.item(
              rounded,
              () -> {
                double error = error(provider, Precision.BFLOAT16, name, expected);
                errors.put(rounded, error);
                return error;
              });
        }
      }
    }
    report.print(
        "%s: %d operations and shapes, and attention in bfloat16, %d failed; the largest errors:",
        provider.name(), count, report.failures());
    for (boolean isRounded : new boolean[] {false, true}) {
      errors.entrySet().stream()
          .filter(entry -> entry.getKey().endsWith(BFLOAT16) == isRounded)
          .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
          .limit(WORST)
          .forEach(entry -> report.print("  %.1e %s", entry.getValue(), entry.getKey()));
    }
  }

  private static double error(
      KernelProvider provider, Precision precision, String name, List<double[]> expected) {
    double tolerance = precision == Precision.FLOAT32 ? TOLERANCE : ROUNDED;
    List<double[]> actual = KernelContract.results(provider, DataType.FLOAT, precision, name);
    List<Double> errors = new ArrayList<>();
    double largest = 0;
    for (int j = 0; j < expected.size(); j++) {
      double error = Matrices.distance(actual.get(j), expected.get(j));
      errors.add(error);
      largest = Double.isNaN(error) ? Double.NaN : Math.max(largest, error);
    }
    if (!(largest < tolerance)) {
      throw new IllegalStateException(
          "expected errors below "
              + tolerance
              + " of the largest element, got for its results "
              + errors
              + first(actual, expected, tolerance));
    }
    return largest;
  }

  /** The first element that is wrong. */
  private static String first(List<double[]> actual, List<double[]> expected, double tolerance) {
    for (int j = 0; j < expected.size(); j++) {
      double largest = 1e-30;
      for (double element : expected.get(j)) {
        largest = Math.max(largest, Math.abs(element));
      }
      for (int i = 0; i < expected.get(j).length; i++) {
        double difference = Math.abs(actual.get(j)[i] - expected.get(j)[i]);
        if (!(difference < tolerance * largest)) {
          return "; result "
              + j
              + " of "
              + expected.get(j).length
              + " elements: element "
              + i
              + " is "
              + actual.get(j)[i]
              + " instead of "
              + expected.get(j)[i];
        }
      }
    }
    return "";
  }
}
