package io.github.cola4j.nn.toy;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.model.bert.BertEncoder;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;

/** Three steps of a classifier on the tiny BERT, with the kernels that this JVM chooses. */
final class ToyTraining {
  private ToyTraining() {}

  /** The sum of the steps' losses. */
  static double run() {
    BertEncoder encoder = Goldens.encoder(DataType.FLOAT);
    AdaptedModules modules = new AdaptedModules(encoder.linears(), AdapterConfig.defaults());
    float[] initial = modules.initial(1);
    TextClassifier classifier = new TextClassifier(encoder, modules, initial, Goldens.CLASSES);
    float[] theta =
        TextClassifier.initialParameters(
            initial, Goldens.CLASSES, encoder.config().hiddenSize(), 4);
    try (Pass pass = new Pass(DataType.FLOAT)) {
      return new LocalTrainer(classifier, pass, TrainingConfig.defaults())
          .train(TaskState.initial(theta), new Shard(1, 0, 1, 3, Goldens.samples()), 3)
          .lossSum();
    }
  }

  /** Prints the loss, and what the toy provider counted. */
  public static void main(String[] arguments) {
    double loss = run();
    System.out.println(
        "loss "
            + loss
            + " gemm "
            + CountingKernelProvider.MULTIPLICATIONS.get()
            + " allocate "
            + CountingKernelProvider.ALLOCATIONS.get());
  }
}
