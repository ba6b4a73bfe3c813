package io.github.cola4j.nn.kernels.cuda.check;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.nn.DeviceUse;
import io.github.cola4j.nn.KernelProviders;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.kernels.cuda.TinyModels;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Steps of a small BERT and a small Llama: loss, gradient and what some steps of training end with,
 * against what the CPU computed where the check was packed.
 */
final class StepsStage {
  private static final String FILE = "steps.bin";
  private static final String BFLOAT16 = " in bfloat16";

  private StepsStage() {}

  /** PiSSA's exact decomposition would need ND4J. */
  private static AdapterConfig adapter() {
    return AdapterConfig.defaults().withInit("kaiming");
  }

  /** The models' results by name. */
  private static Map<String, Supplier<TinyModels.Result>> models() {
    Map<String, Supplier<TinyModels.Result>> models = new LinkedHashMap<>();
    models.put("bert", () -> TinyModels.bert(adapter()));
    models.put("llama", () -> TinyModels.llama(adapter()));
    for (BenchShape shape : BenchShape.all(true)) {
      models.put(shape.name() + BFLOAT16, () -> rounded(shape));
    }
    return models;
  }

  static void expect(Path folder) throws IOException {
    TinyModels.write(folder.resolve(FILE), models().values().stream().map(Supplier::get).toList());
  }

  /** With weights in bfloat16 and products that round their inputs. */
  private static TinyModels.Result rounded(BenchShape shape) {
    BenchShape.Model made = shape.frozen().task(adapter());
    float[] theta = made.theta().clone();
    Random random = new Random(5);
    for (int i = 0; i < theta.length; i++) {
      theta[i] += (float) (0.02 * random.nextGaussian());
    }
    Shard shard = new Shard(1, 0, 1, 3, shape.samples());
    try (Pass pass = new Pass(DataType.FLOAT, Precision.BFLOAT16)) {
      LocalTrainer trainer = new LocalTrainer(made.model(), pass, TrainingConfig.defaults());
      LocalTrainer.Gradient gradient = trainer.gradient(TaskState.initial(theta), shard);
      LocalTrainer.Result trained = trainer.train(TaskState.initial(theta), shard, 3);
      return new TinyModels.Result(
          gradient.lossSum(), gradient.mean(), trained.lossSum(), trained.state().theta());
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
    try (DataInputStream in =
        new DataInputStream(Files.newInputStream(GpuCheck.expected().resolve(FILE)))) {
      for (var model : models().entrySet()) {
        compare(report, model.getKey(), model.getValue(), in);
      }
    }
    report.item("use", () -> use(report));
  }

  /** Of the device after the steps: memory as their working memory left it. */
  private static DeviceUse use(Report report) {
    DeviceUse use = KernelProviders.get().of(DataType.FLOAT).deviceUse();
    report.print(
        "%.2f of %.2f GB in use after the steps, busy: %s",
        use.bytes() / 1e9, use.totalBytes() / 1e9, use.busy());
    return use;
  }

  private static void compare(
      Report report, String name, Supplier<TinyModels.Result> model, DataInputStream in)
      throws IOException {
    double loss = in.readDouble();
    double trainedLoss = in.readDouble();
    double[] gradient = read(in);
    double[] trained = read(in);
    // an input that lies between two bfloat16 numbers is rounded to the other one now and then
    double tolerance = name.endsWith(BFLOAT16) ? 3e-2 : 1e-4;
    report.item(
        name,
        () -> {
          TinyModels.Result actual = model.get();
          Map<String, Double> errors = new LinkedHashMap<>();
          errors.put("loss", Math.abs(actual.loss() / loss - 1));
          errors.put("gradient", Matrices.distance(wide(actual.gradient()), gradient));
          errors.put("trainedLoss", Math.abs(actual.trainedLoss() / trainedLoss - 1));
          errors.put("trained", Matrices.distance(wide(actual.trained()), trained));
          String line =
              String.format(
                  "%s: loss %.6f (CPU %.6f), errors: loss %.1e, gradient %.1e, after 3 steps: loss"
                      + " %.1e, parameters %.1e",
                  name,
                  actual.loss(),
                  loss,
                  errors.get("loss"),
                  errors.get("gradient"),
                  errors.get("trainedLoss"),
                  errors.get("trained"));
          if (!errors.values().stream().allMatch(error -> error < tolerance)) {
            throw new IllegalStateException("expected errors below " + tolerance + ", got " + line);
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
