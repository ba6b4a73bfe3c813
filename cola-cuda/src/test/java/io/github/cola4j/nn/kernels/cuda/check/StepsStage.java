package io.github.cola4j.nn.kernels.cuda.check;

import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.kernels.cuda.TinyModels;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Steps of a small BERT and a small Llama: loss, gradient and what some steps of training end with,
 * against what the CPU computed where the check was packed.
 */
final class StepsStage {
  private static final String FILE = "steps.bin";
  private static final double TOLERANCE = 1e-4;

  private StepsStage() {}

  static void expect(Path folder) throws IOException {
    TinyModels.main(new String[] {folder.resolve(FILE).toString()});
  }

  private static double[] read(DataInputStream in) throws IOException {
    double[] elements = new double[in.readInt()];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = in.readFloat();
    }
    return elements;
  }

  static void run(Report report) throws IOException {
    try (DataInputStream in =
        new DataInputStream(Files.newInputStream(GpuCheck.expected().resolve(FILE)))) {
      compare(report, "bert", TinyModels::bert, in);
      compare(report, "llama", TinyModels::llama, in);
    }
  }

  private static void compare(
      Report report, String name, Supplier<TinyModels.Result> model, DataInputStream in)
      throws IOException {
    double loss = in.readDouble();
    double trainedLoss = in.readDouble();
    double[] gradient = read(in);
    double[] trained = read(in);
    report.item(
        name,
        () -> {
          TinyModels.Result actual = model.get();
          Map<String, Double> errors =
              Map.of(
                  "loss", Math.abs(actual.loss() / loss - 1),
                  "gradient", Matrices.distance(wide(actual.gradient()), gradient),
                  "trainedLoss", Math.abs(actual.trainedLoss() / trainedLoss - 1),
                  "trained", Matrices.distance(wide(actual.trained()), trained));
          String line =
              String.format(
                  "%s: loss %.6f (CPU %.6f), errors %s", name, actual.loss(), loss, errors);
          if (!errors.values().stream().allMatch(error -> error < TOLERANCE)) {
            throw new IllegalStateException("expected errors below " + TOLERANCE + ", got " + line);
          }
          report.print("%s", line);
          return errors;
        });
  }

  private static double[] wide(float[] narrow) {
    double[] elements = new double[narrow.length];
    for (int i = 0; i < narrow.length; i++) {
      elements[i] = narrow[i];
    }
    return elements;
  }
}
