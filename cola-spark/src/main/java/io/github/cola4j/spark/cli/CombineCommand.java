package io.github.cola4j.spark.cli;

import io.github.cola4j.adapter.combine.Combinations;
import io.github.cola4j.io.adapter.AdapterBank;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import io.github.cola4j.spark.cli.option.FolderOutput;
import io.github.cola4j.spark.job.LocalFolder;
import io.github.cola4j.spark.job.output.Output;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cola combine ADAPTER…}. */
@Command(
    name = "combine",
    mixinStandardHelpOptions = true,
    description =
        "Makes one adapter from several of one model, or a smaller one from one (--how svd).")
final class CombineCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ADAPTER", arity = "1..*", description = "Folders of adapters.")
  private List<String> folders;

  @Option(
      names = "--how",
      paramLabel = "RULE",
      defaultValue = "arithmetic",
      description =
          "arithmetic (the exact weighted sum; ranks add up), svd (its best approximation by a"
              + " rank), ties or dare; default ${DEFAULT-VALUE}.")
  private String how;

  @Option(
      names = "--weights",
      paramLabel = "W",
      split = ",",
      description = "A weight for each adapter, with commas between; default 1 / their number.")
  private List<Double> weights = new ArrayList<>();

  @Option(
      names = "--rank",
      paramLabel = "R",
      defaultValue = "8",
      description = "The rank that svd, ties and dare give; default ${DEFAULT-VALUE}.")
  private int rank;

  @Option(
      names = "--density",
      paramLabel = "D",
      defaultValue = "0.2",
      description = "The share of elements that ties and dare keep; default ${DEFAULT-VALUE}.")
  private double density;

  @Option(
      names = "--seed",
      defaultValue = "42",
      description = "Decides what dare drops; default ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--task",
      paramLabel = "NAME",
      description = "The new adapter's task; default the first one's.")
  private String task;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "The frozen model, if it is not where it was at training.")
  private String model;

  @Mixin private FolderOutput output;
  @Mixin private ConsoleOptions console;

  /** What is printed as JSON. */
  private record Combined(
      String output, String task, String how, int rank, int parameters, List<String> adapters) {}

  @Override
  public Integer call() throws IOException {
    if (!weights.isEmpty() && weights.size() != folders.size()) {
      throw new InvalidJobException(
          "--weights has " + weights.size() + " for " + folders.size() + " adapters", null);
    }
    output.requireFree(AdapterStore.DESCRIPTION, folders.toArray(String[]::new));
    List<LocalFolder> local = LocalFolder.all(folders);
    try {
      combine(local);
    } finally {
      for (LocalFolder folder : local) {
        folder.close();
      }
    }
    return 0;
  }

  private void combine(List<LocalFolder> local) throws IOException {
    AdapterStore.Description first = local.get(0).use(AdapterStore::describe);
    BaseModel base = BaseModel.load(model == null ? first.model() : model, first.weightOptions());
    AdapterBank bank = new AdapterBank(base);
    for (int i = 0; i < local.size(); i++) {
      String name = folders.get(i);
      local
          .get(i)
          .use(
              folder -> {
                bank.add(name, folder);
                return null;
              });
    }
    TrainedAdapter combined =
        bank.combine(
            task == null ? first.task() : task,
            folders,
            weights.isEmpty() ? Collections.nCopies(folders.size(), 1.0 / folders.size()) : weights,
            Combinations.named(how, rank, density, seed));
    try (Output folder = output.create(AdapterStore.DESCRIPTION)) {
      AdapterStore.save(folder.path(), combined);
      folder.commit();
    }
    Console printed = console.console();
    printed.json(
        new Combined(
            output.folder(),
            combined.description().task(),
            how,
            combined.description().adapter().rank(),
            combined.theta().length,
            folders));
    printed
        .text()
        .printf(
            Locale.ROOT,
            "%s of rank %d, %,d parameters, from %s: %s%n",
            how,
            combined.description().adapter().rank(),
            combined.theta().length,
            folders,
            output.folder());
  }
}
