package io.github.cola4j.examples.dl4j;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Example;
import io.github.cola4j.dl4j.ColaTransfer;
import io.github.cola4j.dl4j.ColaTransfer.Trained;
import io.github.cola4j.examples.wordnet.TaskSplits;
import io.github.cola4j.examples.wordnet.WordNetTasks;
import io.github.cola4j.spark.cli.Cola;
import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.deeplearning4j.nn.weights.WeightInit;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * A Deeplearning4j network learns the domains of WordNet's nouns from many definitions. It is then
 * given other classes, twice, with few examples: once its layers stay frozen and only a new output
 * layer is trained, once they get CoLA adapters as well.
 */
@Command(
    name = "dl4j",
    mixinStandardHelpOptions = true,
    description = "Adapts a Deeplearning4j network to two WordNet tasks; needs no files.")
public final class Dl4jTransfer implements Callable<Integer> {
  private static final int BATCH = 32;
  private static final int EPOCHS = 12;

  /** Adds the command to {@code cola}. */
  public static final class Provider implements Cola.Extension {
    @Override
    public Object command() {
      return new Dl4jTransfer();
    }
  }

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "42",
      description = "Seed of data, initial values and order (default ${DEFAULT-VALUE}).")
  private long seed;

  @Option(names = "--quick", description = "A small run: fewer examples.")
  private boolean quick;

  @Mixin private ConsoleOptions console;

  /** What is printed as JSON. */
  private record Results(List<Result> tasks) {}

  /**
   * What became of a task.
   *
   * @param frozen test accuracy with a new output layer alone, the better of two learning rates
   * @param adapted test accuracy with adapters too
   * @param trained parameters trained for the latter
   * @param restoredEqual whether the stored network gives the same outputs, bit for bit
   */
  public record Result(
      String task,
      int classes,
      double frozen,
      double adapted,
      long trained,
      boolean restoredEqual) {}

  @Override
  public Integer call() throws IOException {
    Console printed = console.console();
    printed.json(
        new Results(run(quick ? 2000 : 10_000, quick ? 400 : 2000, 1000, seed, printed.report())));
    return 0;
  }

  /**
   * Runs it.
   *
   * @param base training examples of the network
   * @param few training examples of each task it is adapted to
   * @param test examples of each task
   */
  public static List<Result> run(int base, int few, int test, long seed, PrintStream out)
      throws IOException {
    BagOfWords words = new BagOfWords(2048);
    List<TaskSplits> tasks = WordNetTasks.load(few, 0, test, seed).subList(1, 3);
    MultiLayerNetwork network = trainOnNouns(words, base, tasks, seed);
    List<Result> results = new ArrayList<>();
    for (TaskSplits task : tasks) {
      results.add(adapt(words, network, task, seed));
    }
    out.printf(
        "%-16s %8s %14s %9s %11s%n", "task", "classes", "frozen layers", "adapted", "trained");
    for (Result result : results) {
      out.printf(
          "%-16s %8d %13.1f%% %8.1f%% %,11d%n",
          result.task, result.classes, 100 * result.frozen, 100 * result.adapted, result.trained);
    }
    return results;
  }

  /** A network of two hidden layers, trained on no text that a task is tested with. */
  private static MultiLayerNetwork trainOnNouns(
      BagOfWords words, int examples, List<TaskSplits> tasks, long seed) {
    Set<String> tested = new HashSet<>();
    tasks.forEach(task -> task.test().forEach(example -> tested.add(example.text())));
    TaskSplits nouns = WordNetTasks.load(examples, 0, 1, seed).get(0);
    List<Example> train =
        nouns.train().stream().filter(example -> !tested.contains(example.text())).toList();
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(seed)
                .updater(new Adam(1e-3))
                .weightInit(WeightInit.XAVIER)
                .activation(Activation.TANH)
                .list()
                .layer(new DenseLayer.Builder().nIn(words.width()).nOut(256).build())
                .layer(new DenseLayer.Builder().nOut(128).build())
                .layer(
                    new OutputLayer.Builder(LossFunction.MCXENT)
                        .activation(Activation.SOFTMAX)
                        .nOut(nouns.classes().size())
                        .build())
                .setInputType(InputType.feedForward(words.width()))
                .build());
    network.init();
    network.fit(batches(words.dataSet(train, nouns.classes())), 8);
    return network;
  }

  private static Result adapt(
      BagOfWords words, MultiLayerNetwork network, TaskSplits task, long seed) throws IOException {
    MultiLayerNetwork forTask =
        new TransferLearning.Builder(network)
            .nOutReplace(2, task.classes().size(), WeightInit.XAVIER)
            .build();
    DataSet train = words.dataSet(task.train(), task.classes());
    DataSet test = words.dataSet(task.test(), task.classes());

    double frozen = 0;
    for (double rate : new double[] {1e-3, 1e-2}) {
      MultiLayerNetwork head = new TransferLearning.Builder(forTask).setFeatureExtractor(1).build();
      head.setLearningRate(rate);
      head.fit(batches(train), EPOCHS);
      frozen = Math.max(frozen, head.<Evaluation>evaluate(batches(test)).accuracy());
    }

    AdapterConfig adapter =
        AdapterConfig.defaults()
            .withA(2)
            .withB(3)
            .withRank(8)
            .withPairing("full")
            .withInit("pissa");
    MultiLayerNetwork adapted =
        new ColaTransfer(adapter, Trained.ADAPTERS_AND_OUTPUT, new Adam(1e-3), null).apply(forTask);
    adapted.fit(batches(train), EPOCHS);

    return new Result(
        task.name(),
        task.classes().size(),
        frozen,
        adapted.<Evaluation>evaluate(batches(test)).accuracy(),
        trained(adapted),
        adapted
            .output(test.getFeatures())
            .equalsWithEps(stored(adapted).output(test.getFeatures()), 0));
  }

  private static ListDataSetIterator<DataSet> batches(DataSet data) {
    return new ListDataSetIterator<>(data.asList(), BATCH);
  }

  private static long trained(MultiLayerNetwork network) {
    return network.getUpdater().getStateViewArray().length() / 2; // Adam's two moments
  }

  private static MultiLayerNetwork stored(MultiLayerNetwork network) throws IOException {
    Path file = Files.createTempFile("network", ".zip");
    try {
      ModelSerializer.writeModel(network, file.toFile(), true);
      return ModelSerializer.restoreMultiLayerNetwork(file.toFile());
    } finally {
      Files.delete(file);
    }
  }
}
