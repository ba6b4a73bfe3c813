package io.github.cola4j.spark.cli;

import io.github.cola4j.adapter.tokens.TokenMerging;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.merged.MergedModel;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import io.github.cola4j.spark.cli.option.AdapterArgument;
import io.github.cola4j.spark.cli.option.FolderOutput;
import io.github.cola4j.spark.cli.option.WeightOptions;
import io.github.cola4j.spark.job.output.Output;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code cola merge adapter --output folder}. */
@Command(
    name = "merge",
    mixinStandardHelpOptions = true,
    description =
        "Writes the model with an adapter merged into its weights, as a plain Hugging Face folder.")
final class MergeCommand implements Callable<Integer> {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(KB|MB|GB)");
  private static final Map<String, Long> UNITS =
      Map.of("KB", 1_000L, "MB", 1_000_000L, "GB", 1_000_000_000L);

  @Mixin private AdapterArgument adapter;

  @Mixin private FolderOutput output;

  @Mixin private WeightOptions weights;

  @Mixin private ConsoleOptions console;

  /** What is printed as JSON. */
  private record Merged(
      String output, String model, String task, String dtype, int files, double rounding) {}

  @Option(
      names = "--shard-size",
      paramLabel = "SIZE",
      defaultValue = "2GB",
      description =
          "What a file of weights has at most, in KB, MB or GB; one tensor is never divided"
              + " (default: ${DEFAULT-VALUE}).")
  private String shardSize;

  @Override
  public Integer call() throws IOException {
    return adapter.use(this::merge);
  }

  private Integer merge(Path from) {
    long bytes = bytes();
    AdapterStore.Description description = AdapterStore.describe(from);
    String location = adapter.location(description);
    output.requireFree(MergedModel.DESCRIPTION, adapter.sources(location));
    BaseModel base = adapter.loadFiles(description);
    MergedModel.Summary summary;
    try (Output folder = output.create(MergedModel.DESCRIPTION)) {
      summary =
          MergedModel.write(
              folder.path(),
              adapter.stored(from, base),
              location,
              base.transformer(),
              new MergedModel.Options(bytes, weights.type(), weights.baseName()));
      folder.commit();
    }
    Console printed = console.console();
    if (description.adapter().tokenMerging() != null) {
      printed.warning(TokenMerging.LEFT_OUT);
    }
    printed.json(
        new Merged(
            output.folder(),
            location,
            description.task(),
            weights.type().torch(),
            summary.files(),
            summary.rounding()));
    printed
        .text()
        .printf(
            Locale.ROOT,
            "%s: %s with adapter %s, %s weights in %d file%s%s%n",
            output.folder(),
            location,
            description.task(),
            weights.type().torch(),
            summary.files(),
            summary.files() == 1 ? "" : "s",
            weights.lost(summary.rounding()));
    return 0;
  }

  private long bytes() {
    Matcher size = SIZE.matcher(shardSize);
    long bytes = size.matches() ? Long.parseLong(size.group(1)) * UNITS.get(size.group(2)) : 0;
    if (bytes == 0) {
      throw new InvalidJobException(
          "--shard-size: expected a number with KB, MB or GB, such as 2GB, got " + shardSize, null);
    }
    return bytes;
  }
}
