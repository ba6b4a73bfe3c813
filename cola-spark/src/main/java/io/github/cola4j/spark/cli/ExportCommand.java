package io.github.cola4j.spark.cli;

import io.github.cola4j.io.AdapterStore;
import io.github.cola4j.io.PeftExport;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.job.InvalidJobException;
import io.github.cola4j.spark.job.OutputFolder;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code cola export adapter --output folder}. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    description =
        "Writes an adapter as HF PEFT loads it onto the unchanged model. docs/peft.md shows how.")
final class ExportCommand implements Callable<Integer> {
  /** Formats of other programs. */
  enum Format {
    peft
  }

  @Mixin private AdapterArgument adapter;

  @Mixin private FolderOutput output;

  @Option(
      names = "--format",
      defaultValue = "peft",
      description = "Whose format; there is peft (default: ${DEFAULT-VALUE}).")
  private Format format;

  @Option(
      names = "--rank",
      paramLabel = "R",
      description =
          "At most this rank a module, by singular value decomposition. Default: all, exactly.")
  private Integer rank;

  @Option(
      names = "--variance",
      paramLabel = "SHARE",
      description = "The smallest rank a module that keeps this share of its change's squares.")
  private Double variance;

  @Option(
      names = "--bare",
      description = "Without the classifier's head, for transformers' AutoModel.")
  private boolean bare;

  @Override
  public Integer call() {
    PeftExport.Options options = options();
    AdapterStore.Description description = AdapterStore.describe(adapter.folder());
    String location = adapter.location(description);
    output.requireFree(PeftExport.DESCRIPTION, adapter.sources(location));
    BaseModel base = adapter.load(description);
    PeftExport.Summary summary;
    try (OutputFolder folder = output.create(PeftExport.DESCRIPTION)) {
      summary =
          PeftExport.write(
              folder.path(), adapter.stored(base), base.transformer(), location, options);
      folder.commit();
    }
    System.out.printf(
        Locale.ROOT,
        "%s: %s %s, %d modules%s%s%s%n",
        output.folder(),
        format,
        summary.peftType(),
        summary.modules(),
        summary.largestRank() == 0 ? "" : ", rank " + summary.largestRank() + " at most",
        summary.expectation() ? ", the expectation over drawn pairs" : "",
        summary.keptVariance() == 1
            ? ""
            : String.format(
                Locale.ROOT, ", at least %.4f of a module's variance", summary.keptVariance()));
    return 0;
  }

  private PeftExport.Options options() {
    try {
      return new PeftExport.Options(bare, rank, variance);
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException("--rank, --variance: " + e.getMessage(), e);
    }
  }
}
